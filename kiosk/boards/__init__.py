"""From the settings and the terminal's store to one LED board's plan."""
