"""How the parts of this terminal are, and trying them."""
