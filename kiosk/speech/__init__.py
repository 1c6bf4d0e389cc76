"""Reading aloud: what is said, and the system's Chinese voice that says it."""
