"""USB sticks: opened read-only through UDisks2, listed and read with deadlines."""
