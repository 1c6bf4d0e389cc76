"""The next edition, drawn as the board will show it, and what staff choose in it."""
