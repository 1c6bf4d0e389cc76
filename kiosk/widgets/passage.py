"""Running text whose lines break as Chinese is set: no sign that closes begins a line."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.label import Label

from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure


class Passage(Label):
    """As wide as its place and as high as it needs; `said` is the text, `text` its lines."""

    said = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(said=self._set, width=self._set, font_size=self._set, bold=self._set)
        self._set()

    def _set(self, *_: object) -> None:
        # A pixel less, so that the label does not break a line once more.
        ranges = break_lines(
            self.said, max(1.0, self.width - 1), measure(self.font_size, bold=self.bold)
        )
        self.text = "\n".join(self.said[start:end].strip() for start, end in ranges)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
