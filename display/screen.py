"""When a board is lit and how bright, by the day and hour of Shanghai (pure)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from display.local_time import SHANGHAI

MAX_BRIGHTNESS = 15
DAYS = 7
_DAY = timedelta(days=1)
_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ScreenHours:
    """开屏时段. Lit from `on` until `off`, Shanghai time in whole minutes.

    An `off` that is not later than `on` is the next day's; the stretch belongs to its first day.
    """

    on: time
    off: time

    @property
    def past_midnight(self) -> bool:
        return self.off <= self.on


@dataclass(frozen=True, slots=True)
class Screen:
    """When and how bright; ValueError for values that make no sense."""

    week: tuple[ScreenHours | None, ...] = ()
    """Monday to Sunday, None for a dark day; empty: always lit."""
    dark_on_rest_days: bool = False
    brightness: tuple[tuple[time, int], ...] = ()
    """From each time of day on this level, 0–15; empty: as the card is set."""
    is_worked: Callable[[date], bool] | None = None
    """The working calendar, for `dark_on_rest_days`."""

    def __post_init__(self) -> None:
        if self.week and len(self.week) != DAYS:
            raise ValueError(f"screen hours of {len(self.week)} days, {DAYS} or none expected")
        times = [moment for moment, _ in self.brightness]
        if times != sorted(set(times)):
            raise ValueError("brightness: times in order, each once")
        if not all(0 <= level <= MAX_BRIGHTNESS for _, level in self.brightness):
            raise ValueError(f"brightness: levels 0 to {MAX_BRIGHTNESS}")

    def hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        """The stretch `[on, off)` in which the board is lit that belongs to `day`."""
        rest = self.dark_on_rest_days and self.is_worked is not None and not self.is_worked(day)
        hours = self.week[day.weekday()] if self.week else ScreenHours(time(0), time(0))
        if rest or hours is None:
            return None
        ends = day + _DAY if hours.past_midnight else day
        return (
            datetime.combine(day, hours.on, SHANGHAI),
            datetime.combine(ends, hours.off, SHANGHAI),
        )

    def is_lit(self, moment: datetime) -> tuple[bool, datetime]:
        """Whether the board is lit at `moment`, and until when at least that stays so."""
        day = moment.astimezone(SHANGHAI).date()
        stretches = [
            stretch for near in (day - _DAY, day, day + _DAY) if (stretch := self.hours_of(near))
        ]
        covering = [off for on, off in stretches if on <= moment < off]
        if covering:
            return True, max(covering)
        coming = [on for on, _ in stretches if on > moment]
        return False, min([*coming, datetime.combine(day + _DAY, time(0), SHANGHAI)])

    def level_at(self, moment: datetime) -> int | None:
        """The brightness that is set for `moment`; None: leave the card as it is."""
        if not self.brightness:
            return None
        local = moment.astimezone(SHANGHAI).time()
        level = self.brightness[-1][1]
        for begins, value in self.brightness:
            if begins <= local:
                level = value
        return level

    def half_hours(self, day: date) -> Sequence[int]:
        """The 48 levels of a day for a card that keeps them; empty without any."""
        return tuple(_levels(self, datetime.combine(day, time(0), SHANGHAI)))


def _levels(screen: Screen, midnight: datetime) -> Iterator[int]:
    for number in range(48):
        level = screen.level_at(midnight + number * _HALF_HOUR)
        if level is not None:
            yield level
