"""Receipts (回执): what the server says it received, on screen and on paper."""
