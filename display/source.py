"""What a board's station needs from the terminal's store."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from display.notice import Notice
from display.release import Known
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

    def edition(self, board: str, day: date) -> str | None: ...

    def keep_edition(
        self, board: str, day: date, edition_id: str, made_at: datetime, text: str
    ) -> str:
        """Store the edition unless there is one for that day; the stored one comes back."""

    def record_page(
        self,
        board: str,
        at: datetime,
        *,
        edition_id: str,
        page: int,
        notice_id: str,
        due: datetime,
        state: str,
    ) -> None: ...
