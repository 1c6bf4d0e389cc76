"""The rows of the list before handing in."""

from collections.abc import Iterable, Sequence
from typing import Any

from kiosk.entry.model import ReviewLine
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

STEP = 1.36
"""Height of a line in sizes of its type."""
LABEL = 0.3
"""Part of the width that labels have beside their values."""


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
