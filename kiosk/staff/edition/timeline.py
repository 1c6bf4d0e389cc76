"""时间轴: what a board is to show at a moment from now on (pure).

Until the next cut-over it is what is on it today; from then on, editions of what is released now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from display.edition import Edition
from display.local_time import SHANGHAI
from display.schedule import Showing, cut_over_at, on_air
from display.screen import Screen
from display.todays_edition import Plan
from kiosk.staff.edition.ground import DAYS_AHEAD, Ground

ALWAYS_LIT = Screen()
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OnAir:
    """What counts at a moment."""

    edition: Edition | None
    screen: Screen = ALWAYS_LIT
    neutral: bool = False
    """Staff hold the neutral page until they end it."""
    departed: Mapping[str, datetime] = field(default_factory=dict)
    """Notice id → when its pages left the edition."""

    def showing(self, moment: datetime) -> Showing:
        """What the board shows then, and until when."""
        return on_air(None if self.neutral else self.edition, self.screen, moment, self.departed)


@dataclass(slots=True)
class Timeline:
    """Under an arrangement that is not in force yet: as if it were approved before its cut-over."""

    ground: Ground
    wanted: Plan
    current: Plan
    """Of what is in force."""
    changes_at: datetime | None
    """The first cut-over under the wanted plan; None: no working day is in sight."""
    _made: dict[date, Edition | None] = field(default_factory=dict)

    @property
    def first(self) -> datetime:
        """The earliest moment that can be asked about."""
        return self.ground.at

    @property
    def days(self) -> tuple[date, ...]:
        """Those that can be asked about."""
        today = self.ground.at.astimezone(SHANGHAI).date()
        return tuple(today + number * _DAY for number in range(DAYS_AHEAD))

    def keep(self, edition: Edition) -> None:
        """An edition that was reckoned already, under the wanted plan."""
        self._made[edition.day] = edition

    def make(self, day: date) -> None:
        """Reckon a day's edition, which takes a while: better before `at` is asked."""
        if day not in self._made:
            self._made[day] = self.ground.edition(self.wanted, day)

    def at(self, moment: datetime) -> OnAir:
        """What counts at a moment from `first` on."""
        day = moment.astimezone(SHANGHAI).date()
        neutral = bool(self.ground.standing.neutral)
        if self.changes_at is None or moment < self.changes_at:
            return OnAir(self.ground.before, self.current.screen, neutral, self.ground.departed)
        self.make(day)
        return OnAir(self._made[day], self.wanted.screen, neutral)


def timeline(ground: Ground, plan: Plan, day: date | None) -> Timeline:
    """`day`: of the next edition, under `plan`. Raises SettingsError."""
    changes_at = None if day is None else cut_over_at(day, plan.cut_over)
    return Timeline(ground, plan, ground.plan(ground.in_force), changes_at)


def moment_of(day: date, minute: float) -> datetime:
    """So many minutes after midnight in Shanghai."""
    return datetime.combine(day, time(0), SHANGHAI) + timedelta(minutes=minute)


Ask = Callable[[datetime], OnAir]
"""Tells what counts at a moment."""
