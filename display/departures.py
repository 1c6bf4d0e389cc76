"""Follows withdrawn notices until the card cannot show them any more (pure)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ALARM_AFTER_S = 5.0
"""A withdrawn page must be off the board this soon after the terminal learned of it."""
LONGEST_LIFETIME_S = 60.0
"""Whatever a station before this one put on air is gone from the card after this."""


class Departure(StrEnum):
    """How a withdrawn notice left a board."""

    ACKNOWLEDGED = "acknowledged"
    """The card took another message in its place."""
    EXPIRED = "expired"
    """The card could not be told; its own timeout dropped the page."""
    NOT_ON_AIR = "not on air"
    """It was not on the board at that moment."""


@dataclass(frozen=True, slots=True)
class Left:
    """One withdrawn notice that the board shows no more."""

    notice_id: str
    learned_at: datetime
    how: Departure


@dataclass(slots=True)
class Departures:
    """Which notices a card may hold, from what it was sent and what it acknowledged.

    All times are seconds of the PC's uptime.
    """

    started_s: float
    recorded: set[str] = field(default_factory=set)
    """Notices whose departure has been told before."""
    _certain: bool = False
    _may_show: dict[str, float] = field(default_factory=dict)
    _waiting: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    """Withdrawn and perhaps on the board: since when, and when the terminal learned of it."""
    _never_shown: set[str] = field(default_factory=set)
    _alarmed: set[str] = field(default_factory=set)

    def sends(self, notice_id: str, gone_s: float) -> None:
        """A page is on its way to the card, whose own timeout drops it by `gone_s`."""
        self._may_show[notice_id] = gone_s

    def acknowledged(self, notice_id: str | None) -> None:
        """The card took a message with this notice, or none, in place of all before."""
        self._certain = True
        self._may_show = {
            shown: gone_s for shown, gone_s in self._may_show.items() if shown == notice_id
        }

    def settle(
        self, withdrawn: Mapping[str, datetime], on_board: Collection[str], now_s: float
    ) -> Iterator[Left]:
        """The withdrawn notices that have left since the last call.

        `on_board`: those of the edition; what the card may still hold is looked at besides.
        """
        if now_s - self.started_s > LONGEST_LIFETIME_S:
            self._certain = True
        looked_at = dict.fromkeys((*on_board, *self._may_show))
        for notice_id in looked_at:
            followed = notice_id in self.recorded or notice_id in self._waiting
            if followed or notice_id not in withdrawn:
                continue
            self._waiting[notice_id] = now_s, withdrawn[notice_id]
            if self._certain and notice_id not in self._may_show:
                self._never_shown.add(notice_id)
        for notice_id, (_, learned_at) in tuple(self._waiting.items()):
            gone_s = self._may_show.get(notice_id)
            if not self._certain or (gone_s is not None and now_s < gone_s):
                continue
            how = Departure.ACKNOWLEDGED
            if gone_s is not None:
                how = Departure.EXPIRED
                del self._may_show[notice_id]
            elif notice_id in self._never_shown:
                how = Departure.NOT_ON_AIR
            self._never_shown.discard(notice_id)
            del self._waiting[notice_id]
            self.recorded.add(notice_id)
            yield Left(notice_id, learned_at, how)

    def overdue(self, now_s: float) -> Iterator[str]:
        """The withdrawn notices that the card may still show after `ALARM_AFTER_S`, each once."""
        for notice_id, (since_s, _) in self._waiting.items():
            if now_s - since_s >= ALARM_AFTER_S and notice_id not in self._alarmed:
                self._alarmed.add(notice_id)
                yield notice_id
