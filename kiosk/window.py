"""Setting Kivy up before its first import; imports no Kivy itself."""

import logging
import os
from pathlib import Path


def has_display() -> bool:
    """Whether a desktop is there to draw on."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _worth_telling(record: logging.LogRecord) -> bool:
    # Kivy lowers its own level when it is imported, calls it critical that no X selection tool is
    # installed, and warns of its own configuration at the first start: nobody's business here.
    own = record.getMessage().startswith(("Cutbuffer", "Config"))
    return record.levelno >= logging.WARNING and not own


def prepare(
    cache: Path,
    *,
    width: int,
    height: int,
    fullscreen: bool,
    headless: bool,
    top: int | None = None,
    left: int = 0,
) -> None:
    """Configure the window that the next import of Kivy opens.

    `top` puts it so many pixels down the desktop, and `left` to the right; else it is centred.

    Kivy reads no command line, writes no log of its own, and keeps its files in `cache`.
    Headless, SDL draws the same pixels without a display.
    """
    home = cache / "kivy"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        KIVY_HOME=str(home),
        KIVY_NO_ARGS="1",
        KIVY_LOG_MODE="PYTHON",
        KIVY_NO_FILELOG="1",
        # What one visitor copies is not the next one's to paste.
        KIVY_CLIPBOARD="dummy",
    )
    if headless:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    kivy_log = logging.getLogger("kivy")
    kivy_log.setLevel(logging.WARNING)
    kivy_log.addFilter(_worth_telling)
    from kivy.config import Config

    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    Config.set("graphics", "fullscreen", "auto" if fullscreen and not headless else "0")
    Config.set("graphics", "multisamples", "0" if headless else "2")
    # A touch waits for the next round of the clock, and a round without drawing costs little.
    Config.set("graphics", "maxfps", "120")
    Config.set("kivy", "exit_on_escape", "0")
    if top is not None:
        Config.set("graphics", "position", "custom")
        Config.set("graphics", "left", str(left))
        Config.set("graphics", "top", str(top))
    kivy_log.setLevel(logging.WARNING)
    Config.set("input", "mouse", "mouse,disable_multitouch")
