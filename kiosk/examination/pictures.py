"""Pictures: whether they can be opened, within limits. Reads hostile bytes: runs in the child."""

from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from kiosk.examination.kinds import Kind
from kiosk.examination.picture_ends import check_end
from kiosk.examination.verdict import Finding, Verdict

MAX_PIXELS = 200_000_000
"""A0 scanned at 300 dpi has 140 million."""
MAX_UNPACKED_PIXELS = 12_000_000
"""What is unpacked whole, 48 MB; of larger ones only the structure is checked."""
MAX_FRAMES = 1000
_FORMATS = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.TIFF: "TIFF", Kind.BMP: "BMP"}
_SMALL = (64, 64)


def examine_picture(file: BinaryIO, kind: Kind) -> list[Finding]:
    """What is wrong with a picture."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    damaged = [Finding(Verdict.DAMAGED, {"kind": kind})]
    odd = check_end(file, kind)
    if odd:
        return odd
    file.seek(0)
    try:
        with Image.open(file, formats=[_FORMATS[kind]]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return [Finding(Verdict.TOO_MANY_PIXELS, {"kind": kind})]
            small = picture.width * picture.height <= MAX_UNPACKED_PIXELS
            if kind is Kind.PNG:
                # Checks each chunk's sum without unpacking the picture; cannot be used afterwards.
                picture.verify()
            elif kind is Kind.TIFF:
                _count_frames(picture)
            elif kind is Kind.JPEG and (small or not picture.info.get("progressive")):
                # Reads everything, yet keeps an eighth of each side; a progressive picture is
                # held whole, and a large one checked by its end alone.
                picture.draft("RGB", _SMALL)
                picture.load()
            elif kind is Kind.BMP and not _is_bitmap_whole(file, picture):
                return [Finding(Verdict.TRUNCATED, {"kind": kind})]
        if small and kind in {Kind.PNG, Kind.TIFF}:
            with Image.open(file, formats=[_FORMATS[kind]]) as picture:
                picture.load()
    except Image.DecompressionBombError:
        return [Finding(Verdict.TOO_MANY_PIXELS, {"kind": kind})]
    except OSError as problem:
        if "truncated" in str(problem):
            return [Finding(Verdict.TRUNCATED, {"kind": kind})]
        return damaged
    except (UnidentifiedImageError, SyntaxError, ValueError, EOFError, KeyError, TypeError):
        # Pillow's readers of hostile headers end in any of these.
        return damaged
    return []


def _count_frames(picture: Image.Image) -> None:
    for frame in range(MAX_FRAMES):
        try:
            picture.seek(frame)
        except EOFError:
            return
        if picture.width * picture.height > MAX_PIXELS:
            raise Image.DecompressionBombError
    raise ValueError("too many frames")


def _is_bitmap_whole(file: BinaryIO, picture: Image.Image) -> bool:
    file.seek(0, 2)
    bits = {"1": 1, "L": 8, "P": 1}.get(picture.mode, 16)
    return file.tell() * 8 >= picture.width * picture.height * bits or bool(
        picture.info.get("compression")
    )
