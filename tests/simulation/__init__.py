"""One simulated world around the real station: clocks, line, card, store, server; no real time."""
