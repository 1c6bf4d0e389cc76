"""Rating of the service."""
