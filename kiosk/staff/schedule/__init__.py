"""When editions are made, when boards are lit, and how fast they scroll."""
