"""Everything on a wire. Knows no notices."""
