"""The next edition under an arrangement, with all that the screen tells of it (pure).

Takes a fraction of a second: off the UI thread.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from devices.led.characters import readable
from display.arrangement import Arrangement, Passed
from display.edition import Edition
from display.outlook import Outlook, outlook, too_short
from display.standing import effective_at
from display.todays_edition import Plan
from kiosk.staff.edition.ground import Ground, next_day
from kiosk.staff.edition.preview import Stage
from kiosk.staff.edition.rows import Row, rows
from kiosk.staff.edition.timeline import Timeline, timeline


@dataclass(frozen=True, slots=True)
class Made:
    """One arrangement and what it comes to."""

    ground: Ground
    arrangement: Arrangement
    plan: Plan
    stage: Stage
    timeline: Timeline
    day: date | None = None
    """Of the next edition; None: no working day is in sight."""
    edition: Edition | None = None
    rows: tuple[Row, ...] = ()
    outlook: Outlook | None = None
    too_short: tuple[Passed, ...] = ()
    """Chosen dwells in which the words cannot be read."""


def make(ground: Ground, arrangement: Arrangement) -> Made:
    """Raises SettingsError, `devices.led.fonts.FontMissing`, and ValueError for a board that
    scrolls but has no speed that people can read."""
    plan = ground.plan(arrangement)
    day = next_day(plan, _counts_from(ground, arrangement) - timedelta(microseconds=1))
    stage = Stage(plan.surface, plan.centre, readable().rows)
    line = timeline(ground, plan, day)
    edition = None if day is None else ground.edition(plan, day)
    if edition is None:
        return Made(ground, arrangement, plan, stage, line)
    line.keep(edition)
    stage.warm(edition)
    return Made(
        ground,
        arrangement,
        plan,
        stage,
        line,
        day,
        edition,
        tuple(rows(ground, plan.surface, edition, arrangement)),
        outlook(edition, plan.surface, plan.pace, ground.board.pitch_mm, arrangement),
        too_short(arrangement, edition),
    )


def _counts_from(ground: Ground, arrangement: Arrangement) -> datetime:
    """When it is in force, if it is approved now or was before."""
    pending = ground.pending
    approved = None if pending is None else pending.effective_at
    if approved is not None and pending is not None and pending.proposed.arrangement == arrangement:
        return approved
    return effective_at(ground.at, ground.in_force, arrangement)
