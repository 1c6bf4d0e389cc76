"""The reference central server of a centre."""
