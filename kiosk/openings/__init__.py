"""Today's bid openings."""
