"""What staff are told of an edition before they propose it: its loop, cautions, limits (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from display.arrangement import Arrangement, DwellPreset, Limit, Passed, is_long_enough
from display.edition import Edition, Pace, Page, Surface, cautions
from display.schedule import cut_over_at, end_of
from display.screen import DAYS, Screen
from display.timing import (
    LONGEST_DWELL_S,
    Caution,
    Warned,
    dwell_s,
    loop_s,
    viewing_distance_m,
)

SHOWN_S = 3600.0
"""An edition that is shown for less on its best day is hardly seen."""
_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Outlook:
    """An edition in numbers."""

    loop_s: float
    cautions: tuple[Warned, ...]
    viewing_distance_m: float | None
    """None: nobody has told the distance between the board's LEDs."""


def outlook(
    edition: Edition,
    surface: Surface,
    pace: Pace,
    pitch_mm: float | None,
    arrangement: Arrangement,
) -> Outlook:
    """`pitch_mm`: from one LED to the next."""
    return Outlook(
        loop_s(edition.pages),
        (*cautions(edition, surface, pace), *hardly_shown(arrangement, edition)),
        None if pitch_mm is None else viewing_distance_m(edition.cell, pitch_mm),
    )


def hardly_shown(arrangement: Arrangement, edition: Edition) -> tuple[Warned, ...]:
    """The caution for an arrangement that leaves the board dark, or neutral, nearly all the time.

    Its best day of the week counts: a board that is dark on Sundays is meant to be. A level of
    brightness of 0 is dark.
    """
    screen = Screen(week=arrangement.screen_hours, brightness=arrangement.brightness)
    days = (edition.day + timedelta(days=number) for number in range(DAYS))
    best = max(_seen_s(screen, cut_over_at(day, arrangement.cut_over), end_of(day)) for day in days)
    return (Warned(Caution.HARDLY_SHOWN, best, SHOWN_S),) if best < SHOWN_S else ()


def _seen_s(screen: Screen, since: datetime, until: datetime) -> float:
    seen, at = timedelta(0), since
    while at < until:
        lit, stays = screen.is_lit(at)
        # Levels change at half-hours.
        level_stays = at + _HALF_HOUR - (at - since.replace(minute=0, second=0)) % _HALF_HOUR
        after = min(stays, level_stays, until)
        if lit and screen.level_at(at) != 0:
            seen += after - at
        at = after
    return seen.total_seconds()


def needed_dwell_s(pages: Iterable[Page], preset: DwellPreset) -> float | None:
    """Seconds that the wordiest standing page needs at least; None: none of them stands."""
    slow = preset is DwellPreset.SLOW
    return max(
        (dwell_s(len(page.heading + page.line), slow=slow) for page in pages if not page.scrolls),
        default=None,
    )


def too_short(arrangement: Arrangement, edition: Edition) -> tuple[Passed, ...]:
    """The chosen dwells in which the words of the edition's pages cannot be read."""
    found = []
    for chosen in arrangement.choices.dwell:
        pages = [page for page in edition.pages if page.notice_id == chosen.notice_id]
        needed_s = needed_dwell_s(pages, arrangement.dwell)
        if needed_s is not None and not is_long_enough(chosen.seconds, needed_s):
            found.append(
                Passed(
                    "dwell_of_notice",
                    Limit.TOO_SHORT_FOR_ITS_WORDS,
                    chosen.seconds,
                    needed_s,
                    LONGEST_DWELL_S,
                    chosen.notice_id,
                )
            )
    return tuple(found)
