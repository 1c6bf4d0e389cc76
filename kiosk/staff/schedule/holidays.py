"""The holidays of the PRC as a library knows them, for the month that staff see."""

from datetime import date

import chinese_calendar

from display.working_days import WorkingCalendar
from display.working_days_table import Table
from kiosk.staff.schedule.month import Days


def holiday_of(day: date) -> str:
    """The holiday of which a day is part, or for which it is worked, as the library names it.

    Empty: of none, or of a year that the library does not know.
    """
    try:
        _, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return ""
    return "" if name is None else str(chinese_calendar.Holiday(name).name)


def days_of(table: Table) -> Days:
    """What days are, by the centre's own `table` above the library."""
    return Days(table, WorkingCalendar(is_workday=chinese_calendar.is_workday), holiday_of)
