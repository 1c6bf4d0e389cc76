"""The interface's fonts: Noto Sans CJK SC and Material Icons."""

import os
from pathlib import Path

NOTO = Path("/usr/share/fonts/opentype/noto")
ICONS = Path("/usr/share/fonts/truetype/material-design-icons-iconfont/MaterialIcons-Regular.ttf")
SIMPLIFIED_CHINESE = 2
"""Index of the SC face in Debian's collections; Kivy would take the first, the Japanese one."""


class FontMissing(Exception):
    """A font is not installed; the message names the Debian package."""


def ui_face(weight: str, cache: Path) -> Path:
    """Path of the SC face ("Regular" or "Bold"), extracted into `cache` at first use."""
    source = NOTO / f"NotoSansCJK-{weight}.ttc"
    if not source.exists():
        raise FontMissing(f"{source} is missing: install the Debian package fonts-noto-cjk")
    face = cache / f"NotoSansCJKsc-{weight}.otf"
    if not face.exists() or face.stat().st_mtime < source.stat().st_mtime:
        from fontTools.ttLib import TTFont

        cache.mkdir(parents=True, exist_ok=True)
        partial = face.with_suffix(f".{os.getpid()}.part")
        with TTFont(source, fontNumber=SIMPLIFIED_CHINESE, lazy=True) as font:
            font.save(partial)
        partial.replace(face)
    return face


def icon_face() -> Path:
    """Path of the icon font."""
    if not ICONS.exists():
        raise FontMissing(
            f"{ICONS} is missing: install the Debian package fonts-material-design-icons-iconfont"
        )
    return ICONS


def register_fonts(cache: Path) -> None:
    """Give Kivy the Chinese face, under the name of its default, and the icons."""
    # Kivy is told where its window goes before anything of it is imported.
    from kivy.core.text import LabelBase

    regular, bold = (str(ui_face(weight, cache)) for weight in ("Regular", "Bold"))
    LabelBase.register("Roboto", regular, fn_bold=bold)
    LabelBase.register("icons", str(icon_face()))
