"""What a visit leaves in memory and on disk."""
