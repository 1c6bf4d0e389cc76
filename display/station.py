"""The loop that keeps one board right: store, clock, edition, card (the thin edge)."""

import logging
import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from devices.errors import DeviceError, Refused, TryAgain
from devices.led.board import Board
from display.edition import Edition
from display.evidence import Proof, moment_text
from display.journal import Journal
from display.player import Shown, is_due, message
from display.release import Known
from display.schedule import Showing, State, on_air
from display.screen import Screen
from display.source import Source, SourceTrouble
from display.standing import Standing
from display.tester import Tester
from display.testing import hindrance
from display.todays_edition import Plan, TodaysEdition
from display.trusted_time import Contact, Reading, trusted_time
from display.upkeep import Upkeep

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""Longest pause between two looks at store and clock."""
REOPEN_AFTER_S = (1.0, 2.0, 5.0)
REMEMBER_EVERY = timedelta(seconds=30)
SEARCH_AFTER = 2
"""Failures without any answer before the card's baud is searched, which takes seconds."""
SEARCH_EVERY = 5
HEALTH_EVERY_S = 60.0
ALWAYS_LIT = Screen()


class WrongBoard(Exception):
    """Another board than the settings say answers on this line: a technician must look."""


class Station:
    """Keeps one board showing what it should.

    `step` raises for neither a faulty line nor a store that cannot answer for a while.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        source: Source,
        open_board: Callable[[], Board],
        clocks: Callable[[], Reading],
        find_baud: Callable[[], object] | None = None,
    ) -> None:
        """`open_board` opens a new connection; `find_baud` looks for a card that is silent.

        Both raise DeviceError. After `find_baud`, `open_board` is expected to use what was
        found.
        """
        self._source = source
        self._open_board = open_board
        self._clocks = clocks
        self._find_baud = find_baud
        self._todays = TodaysEdition(plan, source)
        self._plan = self._todays.plan
        self._name = self._plan.surface.board
        self._board: Board | None = None
        self._upkeep = Upkeep()
        self._failures = 0
        self._problem = ""
        self._open_at_s = 0.0
        self._lit: bool | None = None
        self._shown: Shown | None = None
        self._version: int | None = None
        self._news = False
        self._known = Known()
        self._contact: Contact | None = None
        self._last: datetime | None = None
        self._remembered: datetime | None = None
        self._edition: Edition | None = None
        self._left: dict[str, datetime] = {}
        self._left_of: str | None = None
        self._decided = Standing()
        self._journal = Journal(
            self._name, source, lambda: self._moment(self._clocks()), clocks().uptime_s
        )
        self._store_trouble = False
        self._acknowledged_at: datetime | None = None
        self._health: tuple[float, dict[str, Any]] | None = None
        self._tester = Tester(self._name, source, self._journal, self._ask_store)
        self._size: tuple[int, int] | None = None

    def step(self) -> float:
        """Do what is due now; return the seconds until the next look."""
        reading = self._clocks()
        self._ask_store(self._look)
        at, proven = self._moment(reading)
        self._journal.clock(proven=proven)
        # Before an edition is made anew, so that what left the old one is known.
        self._follow_departures(self._edition, at)
        self._edition, screen = None, ALWAYS_LIT
        if proven:
            self._ask_store(lambda: self._remember(at))
            if self._news:
                self._ask_store(lambda: self._recompose(at))
            self._edition = self._ask_store(lambda: self._todays.at(at, self._known))
            self._follow_plan()
            screen = self._plan.screen
        else:
            self._upkeep.forget_clock()
        edition = self._edition
        # What the hours of the screen keep dark stays dark.
        shown = None if self._decided.neutral else edition
        wanted = on_air(shown, screen, at, self._withdrawn(edition, at))
        wait_s = max(0.0, min(LOOK_S, (wanted.until - at).total_seconds()))
        if self._board is not None:
            if not self._tested(wanted, (at, proven), reading):
                self._tell_card(wanted, edition, at if proven else None, reading)
        elif self._connect(reading):
            # That may have taken seconds: look again before anything is shown.
            wait_s = 0.0
        else:
            self._tester.no_link()
        self._follow_departures(edition, at)
        self._ask_store(self._write_journal)
        self._ask_store(lambda: self._tell_health(edition, reading, proven=proven))
        return wait_s

    def close(self) -> None:
        """Leave the board to its own timeout and free the line."""
        self._journal.ended()
        self._ask_store(self._write_journal)
        self._hang_up()

    def _hang_up(self) -> None:
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
        return answer

    def _write_journal(self) -> None:
        if self._journal.write():
            self._store_trouble = False

    def _look(self) -> None:
        """Read what another process may have written."""
        version = self._source.data_version()
        if version == self._version:
            return
        self._known = self._source.known()
        self._contact = self._source.contact()
        self._last = self._source.last_moment()
        at, _ = self._moment(self._clocks())
        self._decided = self._source.standing(self._name, at)
        self._journal.follow_decisions(self._decided)
        self._tester.look()
        self._version = version
        self._news = True

    def _recompose(self, at: datetime) -> None:
        self._todays.recompose(at, self._known)
        self._news = False

    def _follow_plan(self) -> None:
        """Settings changed meanwhile may name another line, size or speed."""
        if self._plan is not self._todays.plan:
            self._plan = self._todays.plan
            self._hang_up()

    def _remember(self, at: datetime) -> None:
        if self._remembered is None or abs(at - self._remembered) >= REMEMBER_EVERY:
            self._remembered = at
            self._source.remember_moment(at)
            self._last = self._source.last_moment()

    def _withdrawn(self, edition: Edition | None, at: datetime) -> Mapping[str, datetime]:
        """When each notice left the edition's pages, by the server's clock, never later than now.

        A notice that was withdrawn and came back corrected stays out of the edition that has
        its old text.
        """
        if edition is not None and self._left_of != edition.id:
            gone = self._ask_store(lambda: self._source.withdrawals_since(edition.cut_over_at))
            if gone is None:
                return self._known.withdrawn
            self._left = {notice_id: min(moment, at) for notice_id, moment in gone.items()}
            self._left_of = edition.id
        for notice_id, moment in self._known.withdrawn.items():
            self._left.setdefault(notice_id, min(moment, at))
        return self._left

    def _connect(self, reading: Reading) -> bool:
        if reading.uptime_s < self._open_at_s:
            return False
        try:
            if self._find_baud is not None and self._failures % SEARCH_EVERY == SEARCH_AFTER:
                self._find_baud()
            self._board = self._open_board()
            if self._plan.check_size:
                self._check_size(self._board)
        except (DeviceError, WrongBoard) as problem:
            self._failed(problem)
            return False
        log.info("board %s: connected", self._name)
        self._journal.connected()
        self._upkeep.begin(reading.uptime_s)
        self._shown = self._lit = None
        self._problem = ""
        return True

    def _check_size(self, board: Board) -> None:
        identity, surface = board.identify(), self._plan.surface
        self._size = identity.width, identity.height
        if (identity.width, identity.height) != (surface.width, surface.height):
            raise WrongBoard(
                f"the card says {identity.width}x{identity.height}, the settings say "
                f"{surface.width}x{surface.height}: correct the settings, or set check_size "
                "to false if the card is wrong"
            )

    def _tested(self, wanted: Showing, at: tuple[datetime, bool], reading: Reading) -> bool:
        """Whether the test card has the board, for a moment and while nothing else matters.

        `at`: the moment, and whether it is proven.
        """
        if self._board is None or not self._tester.is_busy:
            return False
        hindered = hindrance(
            wanted.state,
            neutral_held=bool(self._decided.neutral),
            alarms=bool(self._journal.alarms),
        )
        self._shown = None
        try:
            return self._tester.holds(hindered, self._board, self._plan, at, reading, self._light)
        except DeviceError as problem:
            self._failed(problem)
            return True

    def _tell_card(
        self, wanted: Showing, edition: Edition | None, at: datetime | None, reading: Reading
    ) -> None:
        """What is due on air; when nothing is, one of the duties beside it.

        `at`: the proven moment; None while there is none.
        """
        board = self._board
        if board is None:
            return
        try:
            if is_due(wanted, edition, self._shown, reading.uptime_s):
                if wanted.state is State.DARK:
                    self._darken(board, wanted)
                else:
                    self._light(board)
                    self._show(board, wanted, edition, at or reading.wall)
                self._shown = Shown(wanted, reading.uptime_s, edition.id if edition else None)
            else:
                had_clock = self._upkeep.clock_is_set
                self._upkeep.keep_power(board, reading, on=wanted.state is not State.DARK)
                self._upkeep.do_one(board, self._plan, at, reading)
                if wanted.state is State.NEUTRAL and self._upkeep.clock_is_set is not had_clock:
                    self._shown = None
        except DeviceError as problem:
            self._failed(problem)
        else:
            self._failures = 0

    def _darken(self, board: Board, wanted: Showing) -> None:
        """The message on air must not stay, nor may anything be lit."""
        self._journal.told(wanted, None, Proof.SENT)
        refusals = []
        for tell in (board.clear, lambda: board.power(on=False)):
            try:
                tell()
            except TryAgain:
                raise
            except Refused as problem:
                log.error("board %s: dark: %s", self._name, problem)
                refusals.append(str(problem))
        self._lit = False
        if refusals:
            self._journal.told(wanted, None, Proof.REFUSED, "; ".join(refusals))
        else:
            self._journal.departures.acknowledged(None)
            self._journal.told(wanted, None, Proof.ACKNOWLEDGED)

    def _light(self, board: Board) -> None:
        if self._lit:
            return
        try:
            board.power(on=True)
        except TryAgain:
            raise
        except Refused as problem:
            log.error("board %s: power: %s", self._name, problem)
        self._lit = True

    def _show(self, board: Board, wanted: Showing, edition: Edition | None, at: datetime) -> None:
        """Put `wanted` on air and note it; what the card refuses for good is left out."""
        departures, notice_id = self._journal.departures, None
        if wanted.state is State.PAGE and edition is not None and wanted.page is not None:
            notice_id = edition.pages[wanted.page].notice_id
        self._journal.told(wanted, edition, Proof.SENT)
        self._ask_store(self._write_journal)
        try:
            telling = message(
                wanted,
                edition,
                self._plan.surface,
                at,
                self._plan.centre,
                with_clock=self._upkeep.clock_is_set,
            )
            if notice_id is not None:
                departures.sends(notice_id, math.inf)
            try:
                proof = board.show(telling)
            finally:
                if notice_id is not None:
                    # Whenever the card took it, from now on its lifetime counts at the most.
                    gone_s = self._clocks().uptime_s + telling.lifetime_s
                    departures.sends(notice_id, gone_s)
        except TryAgain:
            raise
        except (Refused, ValueError) as problem:
            log.error("board %s: %s: %s", self._name, wanted.state, problem)
            # Asking again would bring the same answer: it is left out this time, and whatever
            # was on air before must not stay.
            self._journal.told(wanted, edition, Proof.REFUSED, str(problem))
            self._clear(board, or_reopen=notice_id is None)
        else:
            departures.acknowledged(notice_id)
            self._acknowledged_at = at
            self._journal.told(wanted, edition, Proof(proof))

    def _clear(self, board: Board, *, or_reopen: bool) -> None:
        try:
            board.clear()
        except TryAgain:
            raise
        except Refused:
            if or_reopen:
                raise
        else:
            self._journal.departures.acknowledged(None)

    def _moment(self, reading: Reading) -> tuple[datetime, bool]:
        """The trusted moment and True, or the PC's own and False while there is none."""
        trusted = trusted_time(reading, contact=self._contact, last=self._last)
        if trusted is None or not trusted.proven:
            return reading.wall, False
        return trusted.at, True

    def _follow_departures(self, edition: Edition | None, at: datetime) -> None:
        withdrawn, uptime_s = self._withdrawn(edition, at), self._clocks().uptime_s
        self._ask_store(lambda: self._journal.follow_departures(edition, withdrawn, uptime_s))

    def _tell_health(self, edition: Edition | None, reading: Reading, *, proven: bool) -> None:
        """How the board is, when that changes and once a minute."""
        facts: dict[str, Any] = {
            "link": "lost" if self._board is None else "connected",
            "size": None if self._size is None else list(self._size),
            "clock_off_s": None if self._board is None else self._upkeep.clock_off_s,
            "problem": self._problem,
            "clock_proven": proven,
            "calibrated": self._plan.calibrated,
            "refused": sorted(self._upkeep.refused),
            "pages_refused": self._journal.pages_refused,
            "neutral_held": bool(self._decided.neutral),
            "withdrawals_not_acknowledged": list(self._journal.alarms),
            "edition": edition.id if edition is not None else None,
            "left_out": dict(Counter(edition.left_out.values())) if edition is not None else {},
            "warnings": list(self._todays.warnings),
        }
        if self._health is not None:
            told_s, told = self._health
            if facts == told and reading.uptime_s - told_s < HEALTH_EVERY_S:
                return
        self._health = (reading.uptime_s, facts)
        last = None if self._acknowledged_at is None else moment_text(self._acknowledged_at)
        told_at = reading.wall
        self._source.tell_health(f"board {self._name}", told_at, facts | {"acknowledged_at": last})

    def _failed(self, problem: Exception) -> None:
        """Give the connection up and try a new one after a pause."""
        level = logging.DEBUG if self._failures else logging.WARNING
        log.log(level, "board %s: %s", self._name, problem)
        self._journal.lost(problem)
        self._problem = str(problem)
        pause_s = REOPEN_AFTER_S[min(self._failures, len(REOPEN_AFTER_S) - 1)]
        self._failures += 1
        self._open_at_s = self._clocks().uptime_s + pause_s
        self._shown = None
        self._hang_up()
        self._tester.no_link()
