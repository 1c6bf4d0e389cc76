"""The list before handing in: every value, and what is wrong with it."""

from collections.abc import Iterable, Sequence
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from kiosk.entry.model import ReviewLine
from kiosk.entry.stops import Stop
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.row_cursor import RowCursor
from kiosk.widgets.rows import Rows

STEP = 1.36
"""Height of a line in sizes of its type."""
LABEL = 0.3
"""Part of the width that labels have beside their values."""


class ReviewHeading(RecycleDataViewBehavior, BoxLayout):
    """The name of a step, above its values."""

    title = StringProperty("")


class ReviewRow(RecycleDataViewBehavior, ButtonBehavior, BoxLayout):
    """A value in the list before handing in; a tap changes it."""

    path = ObjectProperty(())
    label = StringProperty("")
    text = StringProperty("")
    fault = StringProperty("")
    stacked = BooleanProperty(False)
    reached = BooleanProperty(False)
    """Whether the arrow keys stand on it."""

    def on_release(self) -> None:
        App.get_running_app().screen_named("form").edit(self.path)


class ReviewList(Stop, Rows):
    """Its rows are reached by the arrow keys, and changed by Enter or Space."""

    def __init__(self, **kwargs: Any) -> None:
        self._cursor = RowCursor()
        super().__init__(**kwargs)

    def show(self, data: list[dict[str, Any]]) -> None:
        super().show(data)
        self._cursor.mark(self)

    def on_focus(self, _list: object, focus: bool) -> None:
        if focus:
            self.turn(1)
        else:
            self._cursor.at = -1
            self._cursor.mark(self)

    def on_touch_down(self, touch: Any) -> bool:
        # A finger scrolls and taps; only the keyboard gives the list the cursor.
        return bool(Rows.on_touch_down(self, touch))

    def turn(self, step: int) -> None:
        self._cursor.move(self, step)

    def act(self) -> None:
        row = self._cursor.row(self)
        if row is not None:
            App.get_running_app().screen_named("form").edit(row["path"])

    def entered(self) -> None:
        self.act()


def rows_of(
    titles: Iterable[str],
    steps: Iterable[Sequence[ReviewLine]],
    theme: Any,
    width: float,
    *,
    stacked: bool,
) -> list[dict[str, Any]]:
    """Data of a list `width` wide; `stacked`: labels stand above their values."""
    found: list[dict[str, Any]] = []
    room = width - 2 * theme.gap - theme.gap - theme.icon * 1.2
    of_label = room if stacked else LABEL * (room - theme.gap)
    of_value = room if stacked else (1 - LABEL) * (room - theme.gap)
    for title, lines in zip(titles, steps, strict=True):
        found.append(
            {
                "viewclass": "ReviewHeading",
                "title": title,
                "tappable": False,
                "size": (width, round(theme.small * STEP + 2 * theme.pad)),
            }
        )
        for line in lines:
            label, high = _broken(line.label, of_label, theme.small)
            text, text_high = _broken(line.text, of_value, theme.body)
            fault, fault_high = _broken(line.fault, of_value, theme.small, bold=True)
            value_high = text_high + fault_high
            height = high + value_high if stacked else max(high, value_high)
            found.append(
                {
                    "viewclass": "ReviewRow",
                    "path": line.path,
                    "label": label,
                    "text": text,
                    "fault": fault,
                    "stacked": stacked,
                    "size": (width, max(round(height + 2 * theme.pad), theme.field)),
                }
            )
    return found


def _broken(text: str, width: float, size: float, *, bold: bool = False) -> tuple[str, float]:
    """The text in its lines, and how high they are."""
    if not text:
        return "", 0.0
    ranges = list(break_lines(text, width - 1, measure(size, bold=bold)))
    return "\n".join(text[start:end] for start, end in ranges), len(ranges) * size * STEP
