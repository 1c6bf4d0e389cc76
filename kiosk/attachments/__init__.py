"""附件: what was published with a notice, listed and read at the terminal."""
