"""Showing published information in its time: release gate, editions, timing, schedule."""
