"""What a terminal keeps: the only SQL of the terminal."""

DATABASE_NAME = "terminal.db"
"""Name of the public file in the terminal's data folder."""
