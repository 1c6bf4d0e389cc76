"""The edition screen by keys: what has them, and what each does."""

from typing import Any

from kivy.properties import NumericProperty

from kiosk.staff.edition.submitting import Submitting
from kiosk.widgets.row_cursor import RowCursor

TAB, ENTER = 9, {13, 271}
STEPS = {274: 1, 273: -1}
LIST, LINE, SPEED, PRESET, SUBMIT = range(5)
"""What the tabulator leads to, in turn."""


class EditionKeys:
    """Mixed into the screen."""

    zone = NumericProperty(LIST)
    """What has the arrow keys."""
    ids: Any
    can_edit: Any
    can_submit: Any
    choose: Any
    choose_preset: Any
    pin: Any
    move: Any
    leave_out: Any
    dwell: Any
    submit: Any
    reset: Any
    take_up: Any
    see_pending: Any
    _cursor: RowCursor
    _submitting: Submitting

    def takes(self, key: int) -> bool:
        """Tabulator, arrows and Enter, in what has them."""
        if self._submitting.asks:
            return bool(self._submitting.takes(key))
        if key == TAB:
            self._next_zone()
            return True
        if self.zone == LINE:
            return bool(self.ids.preview.ids.line.takes(key))
        if self.zone == SPEED:
            return bool(self.ids.speed.takes(key))
        if self.zone == PRESET:
            if key in (275, 276):
                self.choose_preset(key == 275)
            return key in (275, 276)
        if self.zone == SUBMIT:
            if key in ENTER:
                self.submit()
            return key in ENTER
        return self._takes_in_list(key)

    def typed(self, text: str) -> bool:
        """Pin, up, down, eXclude, dwell + - 0, space for pause, [ ] for pages, Time line,
        Submit, Reset, Go on from what waits, View it."""
        if self._submitting.asks:
            return True
        preview = self.ids.preview
        acts: dict[str, Any] = {
            "p": self.pin,
            "u": lambda: self.move(-1),
            "d": lambda: self.move(1),
            "x": self.leave_out,
            "+": lambda: self.dwell(1),
            "=": lambda: self.dwell(1),
            "-": lambda: self.dwell(-1),
            "0": lambda: self.dwell(0),
            " ": preview.toggle,
            "]": lambda: preview.step(1),
            "[": lambda: preview.step(-1),
            "t": preview.switch,
            "s": self.submit,
            "r": self.reset,
            "g": self.take_up,
            "v": self.see_pending,
        }
        for character in text:
            act = acts.get(character)
            if act is not None:
                act()
        return True

    def _takes_in_list(self, key: int) -> bool:
        if key in STEPS:
            self._cursor.move(self.ids.results, STEPS[key])
        elif key in ENTER:
            row = self._cursor.row(self.ids.results)
            if row is not None:
                self.choose(row["notice_id"], row["template"])
        elif key in (275, 276):
            self.ids.preview.step(1 if key == 275 else -1)
        else:
            return False
        return True

    def _next_zone(self) -> None:
        """What cannot be used is left out."""
        usable = {
            LINE: self.ids.preview.along,
            SPEED: not self.ids.speed.disabled,
            PRESET: self.can_edit,
            SUBMIT: self.can_submit,
        }
        zone = self.zone
        while True:
            zone = (zone + 1) % (SUBMIT + 1)
            if usable.get(zone, True):
                break
        self.zone = zone
