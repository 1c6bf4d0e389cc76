"""Guides to what is done at the centre."""
