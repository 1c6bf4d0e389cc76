"""From the settings' schedule to an arrangement, and from one in force to what a station needs."""

from datetime import date
from types import MappingProxyType

from display.arrangement import Arrangement, DwellPreset, EditionDays, RestDays
from display.edition import Arranged, Pace
from display.standing import InForce
from display.working_days import WorkingCalendar
from display.working_days_table import DayException, Table
from kiosk.settings import ScheduleSettings


def arrangement_of(schedule: ScheduleSettings) -> Arrangement:
    """What a technician's settings say, for staff to begin from."""
    return Arrangement(
        cut_over=schedule.cut_over,
        days=EditionDays(schedule.days),
        screen_hours=schedule.screen_hours,
        rest_days=RestDays(schedule.rest_days),
        brightness=schedule.brightness,
        characters_per_second=schedule.characters_per_second,
        dwell=DwellPreset(schedule.dwell),
        items=schedule.items,
    )


def arranged_by(in_force: InForce | None) -> Arranged | None:
    """By whose word an edition under this arrangement is made, for the evidence."""
    if in_force is None:
        return None
    proposed, approved = in_force.proposed, in_force.approved
    return Arranged(
        digest=in_force.arrangement.digest,
        proposal=proposed.id,
        proposed_by=proposed.by_name,
        proposed_key=proposed.by,
        proposed_at=proposed.at,
        approval=approved.id,
        approved_by=approved.by_name,
        approved_key=approved.by,
        approved_at=approved.at,
    )


def pace_of(arrangement: Arrangement, wait_s: float) -> Pace:
    """`wait_s`: how long a visitor waits, which a technician sets."""
    return Pace(
        arrangement.characters_per_second,
        arrangement.dwell is DwellPreset.SLOW,
        arrangement.items,
        wait_s,
    )


def calendar_of(
    arrangement: Arrangement, table: Table, library: WorkingCalendar
) -> WorkingCalendar | None:
    """On which days an edition is made; None: on every day.

    The arrangement's exceptions stand above the centre's `table`, that above the `library`.
    """
    every = arrangement.days is EditionDays.EVERY
    if every and not arrangement.exceptions:
        return None
    exceptions = {
        one.day: DayException(one.kind, one.note or "staff") for one in arrangement.exceptions
    }
    if every:
        return WorkingCalendar(Table(MappingProxyType(exceptions)), _always)
    both = Table(MappingProxyType({**table.exceptions, **exceptions}), table.complete_years)
    return WorkingCalendar(both, library.is_workday)


def _always(day: date) -> bool:
    return True
