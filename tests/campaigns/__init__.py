"""Long seeded runs against real processes; the tests beside them run a few."""
