"""What a card is told beside its pages: clock, timers, brightness, the page it keeps itself."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from devices.errors import DeviceError, Refused, TryAgain, Unplugged, Unverified
from devices.led.board import Board, DailyTimer, Status
from display.local_time import SHANGHAI
from display.player import neutral_areas
from display.screen import Screen
from display.todays_edition import Plan
from display.trusted_time import Reading

log = logging.getLogger(__name__)

CLOCK_EVERY_S = 6 * 3600.0
CLOCK_TOLERANCE = timedelta(seconds=2)
POWER_EVERY_S = 60.0
"""A card that lost power, or that somebody switched, is put right this soon."""
LOOK_S = 1.0
CLOCK_LOOK_EVERY_S = 3600.0
MOST_FAILURES = 2
"""In a row, of a duty on a card that takes pages: then the duty waits for `GIVEN_UP_S`."""
GIVEN_UP_S = 3600.0


class Upkeep:
    """Of one card, over all connections to it.

    A refusal is told once and not repeated. A duty that gets no answer ends the connection, as
    a broken line would, but not again and again: a card may not know it, and pages matter more.
    """

    def __init__(self) -> None:
        self._told: dict[str, object] = {}
        self._failures: dict[str, int] = {}
        self._given_up: dict[str, float] = {}
        self._clock: tuple[float, timedelta] | None = None
        self._power_s = 0.0
        self._look_s = 0.0
        self._clock_look_s = 0.0
        self.clock_off_s: int | None = None
        """Seconds by which the card's clock was ahead at the last look; None: not known."""
        self.refused: set[str] = set()
        """Names of the duties that the card does not do: clock, neutral, timers, brightness."""

    @property
    def clock_is_set(self) -> bool:
        """By us, on this connection, and taken."""
        return self._clock is not None and "clock" not in self.refused

    def begin(self, uptime_s: float) -> None:
        """A new connection, perhaps to a card that lost its power or is another one."""
        self._told.clear()
        self._clock = None
        self._look_s = self._clock_look_s = 0.0
        self.clock_off_s = None
        self._power_s = uptime_s

    def forget_clock(self) -> None:
        """The time is not proven any more."""
        self._clock = None

    def do_one(self, board: Board, plan: Plan, at: datetime | None, reading: Reading) -> None:
        """Do the first duty that is due, if any. Looks once a second.

        `at`: the proven moment; None while there is none. Raises DeviceError for a line that
        does not work or a card that is busy.
        """
        if reading.uptime_s >= self._look_s and not self._do_one(board, plan, at, reading):
            self._look_s = reading.uptime_s + LOOK_S

    def keep_power(self, board: Board, reading: Reading, *, on: bool) -> None:
        """Say it again now and then. Raises DeviceError as `do_one` does."""
        if reading.uptime_s - self._power_s >= POWER_EVERY_S:
            self._power_s = reading.uptime_s
            self._try("power", lambda: board.power(on=on), reading)

    def _do_one(self, board: Board, plan: Plan, at: datetime | None, reading: Reading) -> bool:
        can = board.capabilities
        if at is not None and self._keep_clock(board, at, reading):
            return True
        if can.stored_page:
            areas = neutral_areas(plan.surface, plan.centre, with_clock=True)
            if self._tell("neutral", areas, lambda: board.store_neutral(areas), reading):
                return True
        if at is None:
            return False
        if can.timers and self.clock_is_set:
            timers = timers_of(plan.screen, at)
            if self._tell("timers", timers, lambda: _set_timers(board, timers), reading):
                return True
        if can.half_hour_brightness and self.clock_is_set:
            levels = plan.screen.half_hours(at.astimezone(SHANGHAI).date())
            if levels and self._tell(
                "brightness", levels, lambda: board.brightness_by_half_hour(levels), reading
            ):
                return True
            return self._look_at_clock(board, at, reading)
        level = plan.screen.level_at(at)
        if level is not None and self._tell(
            "brightness", level, lambda: board.brightness(level), reading
        ):
            return True
        return self._look_at_clock(board, at, reading)

    def _look_at_clock(self, board: Board, at: datetime, reading: Reading) -> bool:
        """Last, now and then: how the card's clock differs from the proven time."""
        if not self.clock_is_set or reading.uptime_s < self._clock_look_s:
            return False
        self._clock_look_s = reading.uptime_s + CLOCK_LOOK_EVERY_S
        return self._try("clock read", lambda: self._note_clock(board.status(), at), reading)

    def _note_clock(self, status: Status, at: datetime) -> None:
        local = at.astimezone(SHANGHAI).replace(tzinfo=None)
        self.clock_off_s = None
        if status.clock is not None:
            self.clock_off_s = round((status.clock - local).total_seconds())

    def _keep_clock(self, board: Board, at: datetime, reading: Reading) -> bool:
        """First, now and then, and when proof has moved."""
        since_boot = at - datetime.min.replace(tzinfo=at.tzinfo)
        base = since_boot - timedelta(seconds=reading.uptime_s)
        if self._clock is not None:
            set_s, then = self._clock
            if reading.uptime_s - set_s < CLOCK_EVERY_S and abs(base - then) <= CLOCK_TOLERANCE:
                return False
        local = at.astimezone(SHANGHAI).replace(tzinfo=None)
        if not self._try("clock", lambda: board.set_clock(local), reading):
            return False
        self._clock = reading.uptime_s, base
        return True

    def _tell(self, duty: str, value: object, tell: Callable[[], object], reading: Reading) -> bool:
        """False if there was nothing to do."""
        if self._told.get(duty, _NOTHING) == value or not self._try(duty, tell, reading):
            return False
        self._told[duty] = value
        return True

    def _try(self, duty: str, tell: Callable[[], object], reading: Reading) -> bool:
        """False if the duty has been given up for now."""
        if reading.uptime_s < self._given_up.get(duty, 0.0):
            return False
        try:
            tell()
        except (Refused, Unverified, ValueError) as problem:
            if isinstance(problem, TryAgain):
                self._failed(duty, problem, reading)
                raise
            log.error("%s: %s", duty, problem)
            self.refused.add(duty)
        except DeviceError as problem:
            if not isinstance(problem, Unplugged):
                self._failed(duty, problem, reading)
            raise
        else:
            self._failures[duty] = 0
            self.refused.discard(duty)
        return True

    def _failed(self, duty: str, problem: DeviceError, reading: Reading) -> None:
        self._failures[duty] = self._failures.get(duty, 0) + 1
        if self._failures[duty] >= MOST_FAILURES:
            log.error("%s: given up for an hour: %s", duty, problem)
            self._failures[duty] = 0
            self._given_up[duty] = reading.uptime_s + GIVEN_UP_S
            self.refused.add(duty)


_NOTHING = object()


def _set_timers(board: Board, timers: tuple[DailyTimer, ...]) -> None:
    if timers:
        board.set_timers(timers)
    else:
        board.cancel_timers()


def timers_of(screen: Screen, at: datetime) -> tuple[DailyTimer, ...]:
    """What lets a card whose computer is dead keep the screen hours of this day.

    None for hours past midnight, which a card's timer cannot keep, and none while those of the
    day before go on: a timer would end them.
    """
    hours = screen.hours_of(at.astimezone(SHANGHAI).date()) if screen.week else None
    if hours is None:
        return ()
    on, off = (moment.astimezone(SHANGHAI) for moment in hours)
    if off.date() > on.date() or (screen.is_lit(at)[0] and not on <= at < off):
        return ()
    return (DailyTimer(on.time(), off.time()),)
