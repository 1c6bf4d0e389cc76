"""The loop that keeps one board right: store, clock, edition, card (the thin edge)."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from devices.errors import DeviceError, Refused, TryAgain
from devices.led.board import Board
from display.edition import SHANGHAI, Edition
from display.player import Shown, is_due, message
from display.release import Known
from display.schedule import Showing, State, on_air
from display.source import Source, SourceTrouble
from display.todays_edition import Plan, TodaysEdition
from display.trusted_time import Contact, Reading, trusted_time

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""Longest pause between two looks at store and clock."""
REOPEN_AFTER_S = (1.0, 2.0, 5.0)
CLOCK_EVERY_S = 6 * 3600.0
CLOCK_TOLERANCE = timedelta(seconds=2)
REMEMBER_EVERY = timedelta(seconds=30)
MOST_UNWRITTEN = 5000
"""Records that wait in memory while the store cannot be written."""


class WrongBoard(Exception):
    """Another board than the settings say answers on this line: a technician must look."""


class Station:
    """Keeps one board showing what it should.

    `step` raises for neither a faulty line nor a store that cannot answer for a while.
    """

    def __init__(
        self,
        plan: Plan,
        source: Source,
        open_board: Callable[[], Board],
        clocks: Callable[[], Reading],
    ) -> None:
        self._plan = plan
        self._source = source
        self._open_board = open_board
        self._clocks = clocks
        self._todays = TodaysEdition(plan, source)
        self._name = plan.surface.board
        self._board: Board | None = None
        self._failures = 0
        self._open_at_s = 0.0
        self._shown: Shown | None = None
        self._clock_set: tuple[float, timedelta] | None = None
        self._version: int | None = None
        self._known = Known()
        self._contact: Contact | None = None
        self._last: datetime | None = None
        self._remembered: datetime | None = None
        self._left: dict[str, datetime] = {}
        self._unwritten: deque[tuple[datetime, dict[str, Any]]] = deque(maxlen=MOST_UNWRITTEN)
        self._store_trouble = False

    def step(self) -> float:
        """Do what is due now; return the seconds until the next look."""
        reading = self._clocks()
        self._ask_store(self._look)
        trusted = trusted_time(reading, contact=self._contact, last=self._last)
        edition, at = None, reading.wall
        if trusted is not None and trusted.proven:
            at = trusted.at
            self._ask_store(lambda: self._remember(at))
            edition = self._ask_store(lambda: self._todays.at(at, self._known))
        else:
            self._clock_set = None
        wanted = on_air(edition, at, self._withdrawn(at))
        if self._board is None and not self._connect(reading):
            return LOOK_S
        if trusted is not None and trusted.proven:
            self._keep_clock(at, reading)
        if is_due(wanted, edition, self._shown, reading.uptime_s):
            self._put_on_air(wanted, edition, at, reading)
        self._ask_store(self._write_records)
        return max(0.0, min(LOOK_S, (wanted.until - at).total_seconds()))

    def close(self) -> None:
        """Leave the board to its own timeout and free the line."""
        board, self._board = self._board, None
        if board is not None:
            try:
                board.close()
            except DeviceError as problem:
                log.debug("board %s: closing: %s", self._name, problem)

    def _ask_store(self, question: Callable[[], Any]) -> Any:
        """The answer, or None when the store cannot give one for the moment."""
        try:
            answer = question()
        except SourceTrouble as problem:
            level = logging.DEBUG if self._store_trouble else logging.WARNING
            log.log(level, "board %s: the store does not answer: %s", self._name, problem)
            self._store_trouble = True
            return None
        self._store_trouble = False
        return answer

    def _look(self) -> None:
        version = self._source.data_version()
        if version != self._version:
            self._known = self._source.known()
            self._contact = self._source.contact()
            self._last = self._source.last_moment()
            self._version = version

    def _remember(self, at: datetime) -> None:
        if self._remembered is None or abs(at - self._remembered) >= REMEMBER_EVERY:
            self._remembered = at
            self._source.remember_moment(at)
            self._last = self._source.last_moment()

    def _withdrawn(self, at: datetime) -> Mapping[str, datetime]:
        """When each notice left, never later than now: the moments in the store are the PC
        clock's, which may run ahead of trusted time."""
        for notice_id, moment in self._known.withdrawn.items():
            self._left.setdefault(notice_id, min(moment, at))
        return self._left

    def _connect(self, reading: Reading) -> bool:
        if reading.uptime_s < self._open_at_s:
            return False
        try:
            self._board = self._open_board()
            if self._plan.check_size:
                self._check_size(self._board)
        except (DeviceError, WrongBoard) as problem:
            self._failed(problem, reading)
            return False
        log.info("board %s: connected", self._name)
        self._shown = self._clock_set = None
        return True

    def _check_size(self, board: Board) -> None:
        identity, surface = board.identify(), self._plan.surface
        if (identity.width, identity.height) != (surface.width, surface.height):
            raise WrongBoard(
                f"the card says {identity.width}x{identity.height}, the settings say "
                f"{surface.width}x{surface.height}: correct the settings, or set check_size "
                "to false if the card is wrong"
            )

    def _put_on_air(
        self, wanted: Showing, edition: Edition | None, at: datetime, reading: Reading
    ) -> None:
        if self._board is None:
            return
        is_page = wanted.state is State.PAGE
        if is_page:
            self._record(wanted, edition, at, "sent")
            self._ask_store(self._write_records)
        telling = message(
            wanted,
            edition,
            self._plan.surface,
            at,
            self._plan.centre,
            with_clock=self._clock_set is not None,
        )
        try:
            self._board.show(telling)
        except TryAgain as problem:
            self._failed(problem, reading)
            return
        except (Refused, ValueError) as problem:
            log.error("board %s: %s: %s", self._name, wanted.state, problem)
            if is_page:
                # Asking again would bring the same answer: the page is left out this time.
                self._record(wanted, edition, at, "refused")
            elif not self._cleared(reading):
                return
        except DeviceError as problem:
            self._failed(problem, reading)
            return
        else:
            self._failures = 0
            if is_page:
                self._record(wanted, edition, at, "acknowledged")
        self._shown = Shown(wanted, reading.uptime_s, edition.id if edition else None)

    def _cleared(self, reading: Reading) -> bool:
        """Dark instead of neutral or blank: whatever was on air must not stay."""
        try:
            if self._board is not None:
                self._board.clear()
        except DeviceError as problem:
            self._failed(problem, reading)
            return False
        return True

    def _keep_clock(self, at: datetime, reading: Reading) -> None:
        """Set the card's clock once it is proven, now and then, and when proof has moved."""
        if self._board is None:
            return
        since_boot = at - datetime.min.replace(tzinfo=at.tzinfo)
        base = since_boot - timedelta(seconds=reading.uptime_s)
        if self._clock_set is not None:
            set_at_s, then = self._clock_set
            if reading.uptime_s - set_at_s < CLOCK_EVERY_S and abs(base - then) <= CLOCK_TOLERANCE:
                return
        try:
            self._board.set_clock(at.astimezone(SHANGHAI).replace(tzinfo=None))
        except TryAgain as problem:
            self._failed(problem, reading)
            return
        except Refused as problem:
            log.error("board %s: set clock: %s", self._name, problem)
        except DeviceError as problem:
            self._failed(problem, reading)
            return
        self._clock_set = (reading.uptime_s, base)

    def _record(self, wanted: Showing, edition: Edition | None, at: datetime, state: str) -> None:
        if edition is None or wanted.page is None:
            return
        record = {
            "edition_id": edition.id,
            "page": wanted.page,
            "notice_id": edition.pages[wanted.page].notice_id,
            "due": wanted.since,
            "state": state,
        }
        self._unwritten.append((at, record))

    def _write_records(self) -> None:
        while self._unwritten:
            at, record = self._unwritten[0]
            self._source.record_page(self._name, at, **record)
            self._unwritten.popleft()

    def _failed(self, problem: Exception, reading: Reading) -> None:
        """Give the connection up and try a new one after a pause."""
        level = logging.DEBUG if self._failures else logging.WARNING
        log.log(level, "board %s: %s", self._name, problem)
        pause_s = REOPEN_AFTER_S[min(self._failures, len(REOPEN_AFTER_S) - 1)]
        self._failures += 1
        self._open_at_s = self._clocks().uptime_s + pause_s
        self._shown = None
        self.close()
