"""The schedule screen by keys alone: from one thing to the next, and changing it."""

from typing import Any

from kiosk.staff.edition.submitting import Submitting
from kiosk.widgets.reach import Reach

LEFT, RIGHT, UP, DOWN, TAB = 276, 275, 273, 274, 9
ENTER = {13, 271}


class ScheduleKeys:
    """Up, down and Tab lead on, left and right change, Enter acts, page keys turn months."""

    ids: Any
    pane: Any
    """The part that is shown; None before there is one."""

    def __init__(self, submitting: Submitting, **kwargs: Any) -> None:
        """`submitting` takes the keys while it asks."""
        self._submitting = submitting
        self._keys = Reach()
        super().__init__(**kwargs)

    def held(self) -> list[Any]:
        """What the keys reach of the part that is shown."""
        raise NotImplementedError

    def chip(self) -> Any:
        """The tab of the part that is shown."""
        raise NotImplementedError

    def scroll(self, pages: float) -> None:
        """Page keys: another month, or down the part."""
        if self.pane is None or not self.pane.turn_page(1 if pages > 0 else -1):
            self.ids.view.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Whether the key did something here."""
        if self._submitting.takes(key):
            return True
        at = self._keys.at
        if key in (UP, DOWN, TAB):
            step = -1 if key == UP else 1
            if key == TAB or at is None or not at.climb(step):
                self._move(step)
        elif at is not None and key in (LEFT, RIGHT):
            at.turn(1 if key == RIGHT else -1)
        elif at is not None and key in ENTER:
            at.enter()
        else:
            return False
        self._reveal()
        return True

    def _reveal(self) -> None:
        """What the keys stand on is in sight, where the part is higher than its place."""
        at, ids = self._keys.at, self.ids
        if at in self.held() and ids.holder.height > ids.view.height:
            ids.view.scroll_to(getattr(at, "in_sight", at), animate=False)

    def _move(self, step: int) -> None:
        ids = self.ids
        stops = [self.chip(), *ids.pending.stops, *self.held(), ids.reset, ids.propose]
        self._keys.move([one for one in stops if not one.disabled], step)
