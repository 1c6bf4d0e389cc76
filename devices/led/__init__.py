"""LED boards: drivers, one module a control card, and the virtual board."""
