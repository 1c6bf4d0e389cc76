"""The row of a list on which the arrow keys stand."""

from typing import Any

from kiosk.widgets.rows import Rows


class RowCursor:
    """Steps over rows of the list that is shown; their rules draw what is `reached`."""

    def __init__(self) -> None:
        self.at = -1
        """Number of the row; -1: the arrow keys were not used yet."""

    def move(self, rows: Rows, step: int) -> None:
        """To the next row that can be tapped, or the one before; it is brought into sight."""
        at = self.at + step if self.at >= 0 else (0 if step > 0 else len(rows.data) - 1)
        while 0 <= at < len(rows.data) and not rows.data[at].get("tappable", True):
            at += step
        if 0 <= at < len(rows.data):
            self.at = at
            self.mark(rows)
            rows.reveal(at)

    def mark(self, rows: Rows) -> None:
        """Draw it, after the list was filled anew too."""
        if self.at >= len(rows.data):
            self.at = -1
        for number, row in enumerate(rows.data):
            row["reached"] = number == self.at
        rows.refresh_from_data()

    def row(self, rows: Rows) -> dict[str, Any] | None:
        """The data of the row that is stood on."""
        return rows.data[self.at] if 0 <= self.at < len(rows.data) else None
