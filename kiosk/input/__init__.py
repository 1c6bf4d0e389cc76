"""Typing Chinese: keys in, candidates and text out; nothing of it is remembered."""
