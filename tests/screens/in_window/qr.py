"""Reads QR codes off pictures, by libzbar: nothing that this project drew them with."""

import ctypes
from pathlib import Path

from PIL import Image

Y800 = int.from_bytes(b"Y800", "little")


def codes_in(picture: Path) -> list[str]:
    """What the QR codes of a picture say. Raises OSError if libzbar0 is not installed."""
    zbar = ctypes.CDLL("libzbar.so.0")
    for name in ("image_scanner_create", "image_create", "image_first_symbol", "symbol_next"):
        getattr(zbar, f"zbar_{name}").restype = ctypes.c_void_p
    zbar.zbar_symbol_get_data.restype = ctypes.c_char_p
    with Image.open(picture) as opened:
        grey = opened.convert("L")
    data = grey.tobytes()
    scanner = ctypes.c_void_p(zbar.zbar_image_scanner_create())
    image = ctypes.c_void_p(zbar.zbar_image_create())
    zbar.zbar_image_set_format(image, ctypes.c_ulong(Y800))
    zbar.zbar_image_set_size(image, *map(ctypes.c_uint, grey.size))
    zbar.zbar_image_set_data(image, data, ctypes.c_ulong(len(data)), None)
    zbar.zbar_scan_image(scanner, image)
    found = []
    symbol = ctypes.c_void_p(zbar.zbar_image_first_symbol(image))
    while symbol:
        found.append(zbar.zbar_symbol_get_data(symbol).decode())
        symbol = ctypes.c_void_p(zbar.zbar_symbol_next(symbol))
    zbar.zbar_image_destroy(image)
    zbar.zbar_image_scanner_destroy(scanner)
    return found
