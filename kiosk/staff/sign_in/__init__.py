"""Signing in: card, PIN, and how long to wait after wrong ones."""
