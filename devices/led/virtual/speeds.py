"""How fast the virtual board scrolls.

No document tells how many pixels per second a speed code means on a physical card; these
are the virtual board's own, chosen to hit the usual 2 to 6 characters per second exactly.
"""

VIRTUAL_SPEEDS: tuple[float, ...] = (
    *(256.0, 224.0, 192.0, 160.0, 144.0, 128.0, 112.0, 104.0, 96.0, 88.0, 80.0, 72.0, 64.0),
    *(56.0, 48.0, 40.0, 36.0, 32.0, 28.0, 24.0, 20.0, 16.0, 12.0, 8.0, 4.0),
)
"""Pixels per second; the index is the speed code, 00 to 18 hexadecimal."""
