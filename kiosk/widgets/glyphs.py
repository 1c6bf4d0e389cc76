"""Which characters the interface's font can show."""

from functools import cache

import freetype
from kivy.core.text import Label as CoreLabel


@cache
def _face() -> freetype.Face:
    return freetype.Face(CoreLabel(font_name="Roboto").options["font_name_r"])


def has_glyph(character: str) -> bool:
    """Tell whether `character` is shown as itself, and not as a box."""
    return bool(_face().get_char_index(ord(character)))
