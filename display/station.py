"""The loop that keeps one board right: store, clock, edition, card (the thin edge)."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from devices.errors import DeviceError, Refused
from devices.led.board import Board
from display.edition import SHANGHAI, Edition, Pace, Surface, compose
from display.notice import Notice
from display.player import Shown, is_due, message
from display.release import Known
from display.schedule import Showing, State, cut_over_at, on_air
from display.trusted_time import trusted_time

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""Longest pause between two looks at store and clock."""
REOPEN_AFTER_S = (1.0, 2.0, 5.0)
CLOCK_EVERY = timedelta(hours=6)
REMEMBER_EVERY = timedelta(seconds=30)


class Source(Protocol):
    """What the station needs from the terminal's store; times are aware."""

    def data_version(self) -> int: ...

    def known(self) -> Known: ...

    def clock_offset(self) -> timedelta | None:
        """Server's clock minus this PC's, None when the server was never heard."""

    def last_moment(self) -> datetime | None: ...

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


class WrongBoard(Exception):
    """Another board than the settings say answers on this line: a technician must look."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What staff and technician set for one board."""

    surface: Surface
    pace: Pace
    cut_over: time
    centre: str
    words: Mapping[str, str]
    check_size: bool = True
    """Ask the card for its size before anything is shown. How cards of other makes lay out
    that answer is not documented everywhere, so a technician may switch it off."""


class Station:
    """Keeps one board showing what it should; `step` never raises for a faulty line."""

    def __init__(
        self,
        plan: Plan,
        source: Source,
        open_board: Callable[[], Board],
        now: Callable[[], datetime],
    ) -> None:
        self._plan = plan
        self._source = source
        self._open_board = open_board
        self._now = now
        self._board: Board | None = None
        self._failures = 0
        self._open_at: datetime | None = None
        self._shown: Shown | None = None
        self._clock_set_at: datetime | None = None
        self._remembered: datetime | None = None
        self._version: int | None = None
        self._known = Known()
        self._offset: timedelta | None = None
        self._last: datetime | None = None
        self._edition: Edition | None = None
        self._left: dict[str, datetime] = {}

    def step(self) -> float:
        """Do what is due now; return the seconds until the next look."""
        now = self._now()
        self._look()
        trusted = trusted_time(now, offset=self._offset, last=self._last)
        proven = trusted is not None and trusted.proven
        at = trusted.at if trusted is not None and trusted.proven else now
        edition = self._todays(at) if proven else None
        wanted = on_air(edition, at, self._withdrawn(at))
        if self._board is None and not self._connect(now):
            return LOOK_S
        if is_due(wanted, edition, self._shown, at):
            self._put_on_air(wanted, edition, at)
        elif self._clock_set_at is None or at - self._clock_set_at >= CLOCK_EVERY:
            self._set_clock(at)
        return max(0.0, min(LOOK_S, (wanted.until - at).total_seconds()))

    def close(self) -> None:
        """Leave the board to its own timeout and free the line."""
        if self._board is not None:
            self._board.close()
            self._board = None

    def _look(self) -> None:
        version = self._source.data_version()
        if version != self._version:
            self._version = version
            self._known = self._source.known()
            self._offset = self._source.clock_offset()
            self._last = self._source.last_moment()

    def _withdrawn(self, at: datetime) -> Mapping[str, datetime]:
        """When each notice left, never later than now: the moments in the store are the PC
        clock's, which may run ahead of trusted time."""
        for notice_id, moment in self._known.withdrawn.items():
            self._left.setdefault(notice_id, min(moment, at))
        return self._left

    def _todays(self, at: datetime) -> Edition | None:
        """Today's edition: kept in memory, else from the store, else made now if it is time."""
        if self._remembered is None or at - self._remembered >= REMEMBER_EVERY:
            self._source.remember_moment(at)
            self._remembered = self._last = at
        day = at.astimezone(SHANGHAI).date()
        if self._edition is not None and self._edition.day == day:
            return self._edition
        plan, board = self._plan, self._plan.surface.board
        due = cut_over_at(day, plan.cut_over)
        text = self._source.edition(board, day)
        if text is None and at >= due:
            made = compose(
                self._source.board_items(due),
                day=day,
                cut_over_at=due,
                surface=plan.surface,
                pace=plan.pace,
                known=self._known,
                words=plan.words,
            )
            text = self._source.keep_edition(board, day, made.id, at, made.model_dump_json())
            log.info("edition %s of %s: %d pages", made.id, day, len(made.pages))
            for notice_id, reason in made.left_out.items():
                log.warning("edition %s leaves out %s: %s", made.id, notice_id, reason)
        self._edition = Edition.model_validate_json(text) if text is not None else None
        return self._edition

    def _connect(self, now: datetime) -> bool:
        if self._open_at is not None and now < self._open_at <= now + timedelta(minutes=1):
            return False
        try:
            board = self._open_board()
        except DeviceError as problem:
            self._failed(problem)
            return False
        self._board = board
        try:
            if self._plan.check_size:
                self._check_size(board)
        except (DeviceError, WrongBoard) as problem:
            self._failed(problem)
            return False
        log.info("board %s: connected", self._plan.surface.board)
        self._shown = self._clock_set_at = None
        return True

    def _check_size(self, board: Board) -> None:
        identity = board.identify()
        surface = self._plan.surface
        if (identity.width, identity.height) != (surface.width, surface.height):
            raise WrongBoard(
                f"the card says {identity.width}x{identity.height}, the settings say "
                f"{surface.width}x{surface.height}: correct the settings, or set check_size "
                "to false if the card is wrong"
            )

    def _put_on_air(self, wanted: Showing, edition: Edition | None, at: datetime) -> None:
        if self._board is None:
            return
        page = wanted.page if wanted.state is State.PAGE else None
        if edition is not None and page is not None:
            self._record(wanted, edition, page, at, "sent")
        try:
            self._board.show(message(wanted, edition, self._plan.surface, at, self._plan.centre))
        except (Refused, ValueError) as problem:
            # Asking again would bring the same answer: the page is left out this time round.
            log.error("board %s: page %s: %s", self._plan.surface.board, page, problem)
            state = "refused"
        except DeviceError as problem:
            self._failed(problem)
            return
        else:
            self._failures = 0
            state = "acknowledged"
        self._shown = Shown(wanted, at, edition.id if edition else None)
        if edition is not None and page is not None:
            self._record(wanted, edition, page, at, state)

    def _record(
        self, wanted: Showing, edition: Edition, page: int, at: datetime, state: str
    ) -> None:
        self._source.record_page(
            self._plan.surface.board,
            at,
            edition_id=edition.id,
            page=page,
            notice_id=edition.pages[page].notice_id,
            due=wanted.since,
            state=state,
        )

    def _set_clock(self, at: datetime) -> None:
        if self._board is None:
            return
        try:
            self._board.set_clock(at.astimezone(SHANGHAI).replace(tzinfo=None))
        except DeviceError as problem:
            self._failed(problem)
            return
        self._clock_set_at = at

    def _failed(self, problem: Exception) -> None:
        """Give the connection up and try a new one after a pause."""
        level = logging.DEBUG if self._failures else logging.WARNING
        log.log(level, "board %s: %s", self._plan.surface.board, problem)
        pause = REOPEN_AFTER_S[min(self._failures, len(REOPEN_AFTER_S) - 1)]
        self._failures += 1
        self._open_at = self._now() + timedelta(seconds=pause)
        self._shown = None
        self.close()
