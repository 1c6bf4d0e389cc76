"""A month of the working calendar as staff see it, and its exceptions (pure)."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from display.arrangement import Arrangement, CalendarException, EditionDays
from display.working_days import NoWorkingDay, WorkingCalendar
from display.working_days_table import YEARS, DayKind, Table
from kiosk.boards.arranging import calendar_of

WEEK = 7
SATURDAY = 5

Holiday = Callable[[date], str]
"""Name of the holiday of which a day is part, or for which it is worked; empty: of none."""


class Mark(StrEnum):
    """What a day is."""

    WORKED = "worked"
    REST = "rest"
    """A weekend."""
    HOLIDAY = "holiday"
    """A holiday of the PRC, or a weekday that the centre's own table takes off."""
    MAKE_UP = "make_up"
    """调休: a weekend that is worked."""
    ADDED = "added"
    """An edition is made by way of exception."""
    TAKEN_OFF = "taken_off"
    """No edition is made by way of exception."""


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the month."""

    day: date
    mark: Mark
    has_edition: bool
    known: bool = True
    """False: nobody has told the holidays of its year, it goes by weekday."""
    holiday: str = ""
    note: str = ""
    """Of the exception, or of the centre's own table."""
    changed: bool = False
    """Not as in the arrangement that is in force."""
    is_today: bool = False
    is_next: bool = False
    """The next edition is that of this day."""
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks from Monday on; None stands for days of the months beside."""

    year: int
    month: int
    weeks: tuple[tuple[DayCell | None, ...], ...]

    @property
    def unknown(self) -> bool:
        """Whether nobody has told this year's holidays."""
        return any(cell is not None and not cell.known for week in self.weeks for cell in week)

    def cell(self, day: date) -> DayCell | None:
        """The cell of a day; None: it is in another month."""
        cells = (cell for week in self.weeks for cell in week)
        return next((cell for cell in cells if cell is not None and cell.day == day), None)


@dataclass(frozen=True, slots=True)
class Days:
    """All that tells what a day is."""

    table: Table
    """The centre's own."""
    library: WorkingCalendar
    holiday: Holiday

    def calendar(self, arrangement: Arrangement) -> WorkingCalendar | None:
        """On which days an edition is made; None: on every day."""
        return calendar_of(arrangement, self.table, self.library)

    def cell(
        self, day: date, before: Arrangement, arrangement: Arrangement, today: date, next: date
    ) -> DayCell:
        """What `day` is under `arrangement`; `before` is the one that is in force."""
        exception = exception_of(arrangement, day)
        usual = self.calendar(arrangement.changed(exceptions=()))
        every = usual is None
        found = None if usual is None else usual.day(day)
        working = every or (found is not None and found.working)
        holiday = "" if every else self.holiday(day)
        if exception is not None:
            working = exception.kind is DayKind.WORK
            mark = Mark.ADDED if working else Mark.TAKEN_OFF
        elif working:
            mark = Mark.WORKED if every or day.weekday() < SATURDAY else Mark.MAKE_UP
        else:
            mark = Mark.HOLIDAY if holiday or day.weekday() < SATURDAY else Mark.REST
        return DayCell(
            day=day,
            mark=mark,
            has_edition=working,
            known=exception is not None or found is None or found.known,
            holiday=holiday,
            note=exception.note if exception is not None else "" if found is None else found.note,
            changed=exception != exception_of(before, day),
            is_today=day == today,
            is_next=day == next,
            is_past=day < today,
        )

    def month(
        self,
        year: int,
        month: int,
        before: Arrangement,
        arrangement: Arrangement,
        today: date,
        next: date,
    ) -> Month:
        """A month under `arrangement`; `next`: the day of the next edition."""
        weeks = tuple(
            tuple(
                self.cell(day, before, arrangement, today, next) if day.month == month else None
                for day in week
            )
            for week in calendar.Calendar().monthdatescalendar(year, month)
        )
        return Month(year, month, weeks)

    def first_day(self, begin: date, arrangement: Arrangement) -> date | None:
        """The first day from `begin` on that has an edition; None: none is in sight."""
        days = self.calendar(arrangement)
        if days is None or days.day(begin).working:
            return begin
        try:
            return days.next(begin).day
        except NoWorkingDay:
            return None


def exception_of(arrangement: Arrangement, day: date) -> CalendarException | None:
    """The exception that staff made for a day."""
    return next((one for one in arrangement.exceptions if one.day == day), None)


def exceptions_with(
    arrangement: Arrangement, day: date, kind: DayKind | None, note: str = ""
) -> tuple[CalendarException, ...]:
    """The exceptions, with this one for `day`; `kind` None: without any for it."""
    others = tuple(one for one in arrangement.exceptions if one.day != day)
    return others if kind is None else (*others, CalendarException(day=day, kind=kind, note=note))


def moved(year: int, month: int, step: int) -> tuple[int, int] | None:
    """The month so many months on; None: no calendar speaks of its year."""
    count = year * 12 + month - 1 + step
    year, month = count // 12, count % 12 + 1
    return (year, month) if year in YEARS else None


def editions_every_day(arrangement: Arrangement) -> bool:
    """Whether an edition is made on every day but exceptions."""
    return arrangement.days is EditionDays.EVERY
