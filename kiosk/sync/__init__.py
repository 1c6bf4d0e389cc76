"""The terminal's end of sync, and the contract that both ends keep."""
