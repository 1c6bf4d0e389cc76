"""What a card is told beside its pages: clock, timers, brightness, the page it keeps itself."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from devices.errors import Refused, TryAgain, Unverified
from devices.led.board import Board, DailyTimer
from display.local_time import SHANGHAI
from display.player import neutral_areas
from display.screen import Screen
from display.todays_edition import Plan
from display.trusted_time import Reading

log = logging.getLogger(__name__)

CLOCK_EVERY_S = 6 * 3600.0
CLOCK_TOLERANCE = timedelta(seconds=2)


class Upkeep:
    """Of one connection to one card. A refusal is told once and not repeated.

    Both calls raise DeviceError for a line that does not work or a card that is busy.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._told: dict[str, object] = {}
        self._clock: tuple[float, timedelta] | None = None
        self.refused: set[str] = set()
        """Names of the duties that the card refused: clock, neutral, timers, brightness."""

    @property
    def clock_is_set(self) -> bool:
        """By us, on this connection."""
        return self._clock is not None

    def forget_clock(self) -> None:
        """The time is not proven any more."""
        self._clock = None

    def keep_clock(self, at: datetime, reading: Reading) -> None:
        """Set the card's clock to the proven `at`: first, now and then, and when proof moved."""
        since_boot = at - datetime.min.replace(tzinfo=at.tzinfo)
        base = since_boot - timedelta(seconds=reading.uptime_s)
        if self._clock is not None:
            set_s, then = self._clock
            if reading.uptime_s - set_s < CLOCK_EVERY_S and abs(base - then) <= CLOCK_TOLERANCE:
                return
        self._try("clock", lambda: self._board.set_clock(_local(at)))
        self._clock = (reading.uptime_s, base)

    def do_one(self, plan: Plan, at: datetime) -> bool:
        """Do the first duty that is due at the proven moment `at`; False if none is."""
        can, day = self._board.capabilities, at.astimezone(SHANGHAI).date()
        if can.stored_page:
            areas = neutral_areas(plan.surface, plan.centre, with_clock=True)
            if self._tell("neutral", areas, lambda: self._board.store_neutral(areas)):
                return True
        if can.timers and self.clock_is_set:
            timers = timers_of(plan.screen, at)
            if self._tell("timers", timers, lambda: self._set_timers(timers)):
                return True
        if can.half_hour_brightness and self.clock_is_set:
            levels = plan.screen.half_hours(day)
            return bool(levels) and self._tell(
                "brightness", levels, lambda: self._board.brightness_by_half_hour(levels)
            )
        level = plan.screen.level_at(at)
        return level is not None and self._tell(
            "brightness", level, lambda: self._board.brightness(level)
        )

    def _set_timers(self, timers: tuple[DailyTimer, ...]) -> None:
        if timers:
            self._board.set_timers(timers)
        else:
            self._board.cancel_timers()

    def _tell(self, duty: str, value: object, tell: Callable[[], object]) -> bool:
        if self._told.get(duty, _NOTHING) == value:
            return False
        self._try(duty, tell)
        self._told[duty] = value
        return True

    def _try(self, duty: str, tell: Callable[[], object]) -> None:
        try:
            tell()
        except TryAgain:
            raise
        except (Refused, Unverified, ValueError) as problem:
            log.error("%s: %s", duty, problem)
            self.refused.add(duty)
        else:
            self.refused.discard(duty)


_NOTHING = object()


def timers_of(screen: Screen, at: datetime) -> tuple[DailyTimer, ...]:
    """What lets a card whose computer is dead keep the screen hours of this day.

    None for hours past midnight, which a card's timer cannot keep.
    """
    hours = screen.hours_of(at.astimezone(SHANGHAI).date()) if screen.week else None
    if hours is None:
        return ()
    on, off = (moment.astimezone(SHANGHAI) for moment in hours)
    if off.date() > on.date():
        return ()
    return (DailyTimer(on.time(), off.time()),)


def _local(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI).replace(tzinfo=None)
