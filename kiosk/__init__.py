"""The self-service terminal, and the two ends of sync."""
