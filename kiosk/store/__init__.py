"""What a terminal keeps: the only SQL of the terminal."""
