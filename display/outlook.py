"""What staff are told of an edition before they propose it: its loop, cautions, limits (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass

from display.arrangement import Arrangement, DwellPreset, Limit, Passed, is_long_enough
from display.edition import Edition, Pace, Page, Surface, cautions
from display.timing import LONGEST_DWELL_S, Warned, dwell_s, loop_s, viewing_distance_m


@dataclass(frozen=True, slots=True)
class Outlook:
    """An edition in numbers."""

    loop_s: float
    cautions: tuple[Warned, ...]
    viewing_distance_m: float | None
    """None: nobody has told the distance between the board's LEDs."""


def outlook(edition: Edition, surface: Surface, pace: Pace, pitch_mm: float | None) -> Outlook:
    """`pitch_mm`: from one LED to the next."""
    return Outlook(
        loop_s(edition.pages),
        cautions(edition, surface, pace),
        None if pitch_mm is None else viewing_distance_m(edition.cell, pitch_mm),
    )


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
