"""The working calendar (工作日): holidays of the PRC with their make-up days (pure).

The State Council announces each year's holidays, and the weekends worked for them, near the end
of the year before. A library knows the years announced when it was released; the centre's own
table (see `display.working_days_table`) stands above it. For a year that neither knows, the
answer goes by weekday and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from display.working_days_table import DayKind, Table

LONGEST_REST = 60
"""Days in a row without a working day after which a calendar is taken to be wrong."""
_DAY = timedelta(days=1)


class NoWorkingDay(ValueError):
    """The calendar has no working day for `LONGEST_REST` days: staff correct the table."""


class Basis(StrEnum):
    """What an answer rests on."""

    TABLE = "table"
    LIBRARY = "library"
    WEEKDAY = "weekday"
    """Nobody has told the holidays of this year: Monday to Friday are taken for working days."""


@dataclass(frozen=True, slots=True)
class Day:
    """Whether one day is worked."""

    day: date
    working: bool
    basis: Basis
    note: str = ""
    """As the table has it."""

    @property
    def known(self) -> bool:
        """False: by weekday only, to be shown to staff as a warning."""
        return self.basis is not Basis.WEEKDAY


@dataclass(frozen=True, slots=True)
class Found:
    """A working day that was looked for."""

    day: date
    unknown_years: tuple[int, ...] = ()
    """Years on the way whose holidays nobody has told, to be shown to staff as a warning."""

    @property
    def known(self) -> bool:
        return not self.unknown_years


@dataclass(frozen=True, slots=True)
class Count:
    """How many days of a stretch are worked."""

    days: int
    unknown_years: tuple[int, ...] = ()
    """As in `Found`."""

    @property
    def known(self) -> bool:
        return not self.unknown_years


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """工作日历. Days are dates of Shanghai; the caller turns a moment into its day there."""

    table: Table = field(default_factory=Table)
    is_workday: Callable[[date], bool] | None = None
    """Such as `chinese_calendar.is_workday`: NotImplementedError for a year it does not know."""

    def day(self, day: date) -> Day:
        """Whether `day` is worked, and how that is known. TypeError for a moment in time."""
        if isinstance(day, datetime):
            raise TypeError("a day of Shanghai is needed, not a moment: use .date() there")
        exception = self.table.exceptions.get(day)
        if exception is not None:
            return Day(day, exception.kind is DayKind.WORK, Basis.TABLE, exception.note)
        by_weekday = day.isoweekday() <= 5
        if day.year in self.table.complete_years:
            return Day(day, by_weekday, Basis.TABLE)
        told = self._told_by_library(day)
        if told is None:
            return Day(day, by_weekday, Basis.WEEKDAY)
        return Day(day, told, Basis.LIBRARY)

    def next(self, after: date) -> Found:
        """The first working day after `after`. Raises NoWorkingDay."""
        return self._seek(after, _DAY, 1)

    def previous(self, before: date) -> Found:
        """The last working day before `before`. Raises NoWorkingDay."""
        return self._seek(before, -_DAY, 1)

    def count(self, start: date, end: date) -> Count:
        """Working days in `[start, end)`. ValueError if `end` lies before `start`."""
        if end < start:
            raise ValueError(f"the stretch from {start} to {end} ends before it begins")
        days = [self.day(start + _DAY * number) for number in range((end - start).days)]
        unknown = {day.day.year for day in days if not day.known}
        return Count(sum(day.working for day in days), tuple(sorted(unknown)))

    def add(self, start: date, working_days: int) -> Found:
        """The day on which a period of so many working days ends.

        The first day of a period is not counted (Civil Code, article 201), so one working day
        from a Friday is Monday. ValueError for less than one day. Raises NoWorkingDay.
        """
        if working_days < 1:
            raise ValueError(f"a period of {working_days} working days: at least 1 expected")
        return self._seek(start, _DAY, working_days)

    def _seek(self, start: date, step: timedelta, working_days: int) -> Found:
        unknown: set[int] = set()
        day, left, rest = start, working_days, 0
        while rest < LONGEST_REST and day not in (date.min, date.max):
            day += step
            answer = self.day(day)
            if not answer.known:
                unknown.add(day.year)
            rest = 0 if answer.working else rest + 1
            left -= answer.working
            if left == 0:
                return Found(day, tuple(sorted(unknown)))
        raise NoWorkingDay(
            f"{rest} days without a working day up to {day}: correct the table of working days"
        )

    def _told_by_library(self, day: date) -> bool | None:
        if self.is_workday is None:
            return None
        try:
            return self.is_workday(day)
        except NotImplementedError:
            return None
