"""The edition as it would be under a draft, in numbers (pure)."""

from dataclasses import dataclass
from datetime import date

from display.arrangement import Arrangement
from display.edition import Edition
from display.local_time import SHANGHAI
from display.outlook import Outlook, outlook
from display.standing import effective_at
from display.timing import nearest_speed, pixels_per_second, readable_speeds
from kiosk.staff.edition.ground import Ground
from kiosk.staff.edition.making import Made, make
from kiosk.staff.schedule.month import Days


@dataclass(frozen=True, slots=True)
class Forecast:
    """What staff are told before they propose."""

    day: date
    """Whose edition it is."""
    edition: Edition
    outlook: Outlook
    pages: int
    notices: int
    cell: int
    """Height of a character in pixels."""
    wanted: float
    """Pixels per second, as chosen."""
    taken: float | None
    """Those that the card takes, the nearest it has; None: nothing moves on this board."""
    made: Made | None = None
    """To be looked at in the preview, where that was asked for."""

    @property
    def characters_per_second(self) -> float | None:
        """As the card takes them."""
        return None if self.taken is None else self.taken / self.cell


def forecast(
    ground: Ground, arrangement: Arrangement, day: date, *, drawn: bool = False
) -> Forecast | None:
    """The edition of `day`; None: it has none. Takes a fraction of a second.

    `drawn`: with all that the preview needs.

    Raises SettingsError, `devices.led.fonts.FontMissing`, and ValueError for a board that scrolls
    but has no speed that people can read.
    """
    plan = ground.plan(arrangement)
    edition = ground.edition(plan, day)
    if edition is None:
        return None
    cell, wanted = plan.surface.cell, arrangement.characters_per_second
    speed = pixels_per_second(wanted, cell)
    speeds = plan.surface.speeds
    return Forecast(
        day=day,
        edition=edition,
        outlook=outlook(edition, plan.surface, plan.pace, ground.board.pitch_mm, arrangement),
        pages=len(edition.pages),
        notices=len({page.notice_id for page in edition.pages}),
        cell=cell,
        wanted=speed,
        taken=nearest_speed(speed, readable_speeds(speeds, cell)) if speeds else None,
        made=make(ground, arrangement) if drawn else None,
    )


def titles_of(ground: Ground) -> dict[str, str]:
    """Titles of the released notices, by id."""
    return {notice.id: notice.title for notice in (*ground.projects, *ground.notices)}


def first_day(ground: Ground, arrangement: Arrangement, days: Days) -> date | None:
    """Whose edition is the first under `arrangement`; None: no day with one is in sight."""
    return days.first_day(earliest_day(ground, arrangement), arrangement)


def earliest_day(ground: Ground, arrangement: Arrangement) -> date:
    """The first day that an arrangement still can change, if it is approved now."""
    approved = ground.pending
    if (
        approved is not None
        and approved.effective_at is not None
        and approved.proposed.arrangement == arrangement
    ):
        return approved.effective_at.astimezone(SHANGHAI).date()
    return effective_at(ground.at, ground.in_force, arrangement).astimezone(SHANGHAI).date()
