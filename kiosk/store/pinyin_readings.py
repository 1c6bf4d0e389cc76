"""The readings of Chinese characters that the program carries."""

from functools import cache
from importlib.resources import files

from kiosk.store.pinyin import Readings, read_table


@cache
def readings() -> Readings:
    """Read `assets/pinyin/readings.txt`, once."""
    path = files("assets") / "pinyin" / "readings.txt"
    return read_table(path.read_text(encoding="utf-8"))


def forget_questions() -> None:
    """Drop what questions left with the readings; called in the thread that asked them."""
    if readings.cache_info().currsize:
        readings().forget()
