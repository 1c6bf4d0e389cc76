"""Simulated sticks: a D-Bus service that behaves like UDisks2, over folders or disk images."""
