"""The board's face as a picture of round dots, and back again."""

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

DARK = (30, 16, 14)
LIT = {1: (255, 52, 36), 2: (64, 255, 72), 3: (255, 214, 40)}
FRAME = (46, 46, 50)
GROUND = (0, 0, 0)
MARGIN = 2
"""Width of the frame around the dots, in dots."""

_PALETTE = [channel for colour in (DARK, *LIT.values()) for channel in colour]


@lru_cache(maxsize=4)
def _dots(width: int, height: int, scale: int) -> Image.Image:
    """White where a dot is, black between; smoothed."""
    dot = Image.new("L", (scale * 4, scale * 4), 0)
    gap = scale * 4 // 10
    ImageDraw.Draw(dot).ellipse((gap, gap, scale * 4 - 1 - gap, scale * 4 - 1 - gap), fill=255)
    dot = dot.resize((scale, scale), Image.Resampling.BOX)
    mask = Image.new("L", (width * scale, height * scale))
    for x in range(width):
        mask.paste(dot, (x * scale, 0))
    row = mask.crop((0, 0, width * scale, scale))
    for y in range(1, height):
        mask.paste(row, (0, y * scale))
    return mask.convert("RGB")


def draw(pixels: bytes, width: int, height: int, scale: int = 6) -> Image.Image:
    """`pixels` as `card.VirtualBoard.pixels` returns them; `scale` is the pitch, at least 3."""
    if len(pixels) != width * height:
        raise ValueError(f"pixels: {len(pixels)}, {width}x{height} expected")
    if scale < 3:
        raise ValueError("scale: at least 3, or the dots cannot be told apart")
    flat = Image.frombytes("P", (width, height), pixels)
    flat.putpalette(_PALETTE)
    size = (width * scale, height * scale)
    large = flat.convert("RGB").resize(size, Image.Resampling.NEAREST)
    lit = ImageChops.multiply(large, _dots(width, height, scale))
    edge = MARGIN * scale
    board = Image.new("RGB", (size[0] + 2 * edge, size[1] + 2 * edge), FRAME)
    board.paste(
        GROUND,
        (
            edge - scale // 2,
            edge - scale // 2,
            edge + size[0] + scale // 2,
            edge + size[1] + scale // 2,
        ),
    )
    board.paste(lit, (edge, edge))
    return board


def read(source: Path | Image.Image, width: int, height: int) -> bytes:
    """Pixels of a picture that `draw` made. Raises ValueError if it is of another board."""
    if isinstance(source, Path):
        with Image.open(source) as opened:
            image = opened.convert("RGB")
    else:
        image = source.convert("RGB")
    scale = image.width // (width + 2 * MARGIN)
    if image.size != ((width + 2 * MARGIN) * scale, (height + 2 * MARGIN) * scale) or scale < 3:
        raise ValueError(f"picture of {image.width}x{image.height} is not of {width}x{height}")
    edge = MARGIN * scale
    centres = image.crop((edge, edge, edge + width * scale, edge + height * scale)).resize(
        (width, height), Image.Resampling.NEAREST
    )
    colours = {DARK: 0, **{colour: index for index, colour in LIT.items()}}
    raw = centres.tobytes()
    out = bytearray()
    for at in range(0, len(raw), 3):
        colour = (raw[at], raw[at + 1], raw[at + 2])
        if colour not in colours:
            raise ValueError(f"colour {colour} at dot {at // 3} is none of the board's")
        out.append(colours[colour])
    return bytes(out)
