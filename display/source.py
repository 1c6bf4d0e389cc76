"""What a board's station needs from the terminal's store."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from display.evidence import Facts, Kind
from display.notice import Notice
from display.release import Known
from display.standing import Standing
from display.testing import TestState, TestWish
from display.trusted_time import Contact


class SourceTrouble(Exception):
    """The store cannot answer or write now (busy, disk full): go on with what is known."""


class Source(Protocol):
    """The store; times are aware. Everything may raise SourceTrouble."""

    def data_version(self) -> int:
        """Changes when another process has written."""

    def known(self) -> Known: ...

    def contact(self) -> Contact | None: ...

    def complete_at(self) -> datetime | None:
        """The server's time as of which every feed was last read to its end."""

    def last_moment(self) -> datetime | None:
        """The highest moment ever remembered."""

    def remember_moment(self, at: datetime) -> None: ...

    def board_items(self, at: datetime) -> Iterable[Notice]:
        """What may be on a board at `at`, newest first; the gate is asked afterwards."""

    def projects_opening(self, since: datetime, until: datetime) -> Iterable[Notice]:
        """Every notice of the projects of which one names an opening in `[since, until)`."""

    def edition(self, board: str, day: date) -> str | None:
        """The newest version."""

    def keep_edition(
        self,
        board: str,
        day: date,
        edition_id: str,
        made_at: datetime,
        text: str,
        pictures: Sequence[bytes],
        *,
        again: bool,
    ) -> str:
        """Store the edition with its pages' pictures; the text that is kept comes back.

        Unless `again`, that is the one which the day already has."""

    def recompose_asked(self, board: str) -> datetime | None:
        """When staff asked for the day's edition to be made anew; None: nobody waits."""

    def recompose_done(self, board: str, at: datetime) -> None:
        """The wish of `at` needs nothing more."""

    def standing(self, board: str, now: datetime) -> Standing:
        """What staff decided about the board."""

    def decisions_recorded(self, board: str) -> Mapping[str, str]:
        """Id → outcome by its last entry, of the decisions that were not taken off."""

    def record(self, board: str, at: datetime, kind: Kind, facts: Facts) -> object:
        """Add an entry to the board's chain of evidence."""

    def withdrawals_recorded(self, board: str, since: datetime) -> Collection[str]:
        """Ids of the notices whose withdrawal has an entry of `since` or later."""

    def withdrawals_since(self, moment: datetime) -> Mapping[str, datetime]:
        """Notice id → when this terminal learned of its withdrawal, for those of `moment` or
        later; also those that a later revision has outlived."""

    def test_asked(self, board: str) -> TestWish | None:
        """The wish for the test card that nobody has answered yet."""

    def answer_test(self, board: str, id: str, state: TestState, why: str) -> None:
        """Say what became of a wish; `why` is a `display.testing.Hindrance`, or empty."""

    def tell_health(self, component: str, at: datetime, facts: Mapping[str, Any]) -> None: ...
