"""What the tiles of the staff's first screen call for, and what it tells above them (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from display.standing import Standing
from kiosk.staff import wording
from kiosk.staff.naming import Placed, board_called
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What waits for one person at this terminal."""

    proposals: int = 0
    """For this person's approval."""
    neutral: Mapping[str, Standing] = field(default_factory=dict)
    """Boards on which the neutral page is held."""
    wrong: int = 0
    """Parts of this terminal that want a look."""
    parked: int = 0
    """What the centre did not take."""
    unsubmitted: int = 0
    """Changes of this person that were not submitted."""
    proven: bool = True
    """Whether the time is."""


def calls(found: Awaiting, words: Words) -> dict[str, str]:
    """Name of a screen → what waits there, for those where something does."""
    told = {
        "proposals": ("proposals.awaiting", found.proposals),
        "neutral": ("neutral.held_tile", len(found.neutral)),
        "staff_health": ("health.some_wrong", found.wrong),
        "staff_outbox": ("owed.parked_tile", found.parked),
        "edition": ("staff.unsubmitted", found.unsubmitted),
        "schedule": ("staff.unsubmitted", found.unsubmitted),
    }
    return {name: words[said].format(count=count) for name, (said, count) in told.items() if count}


def warnings(
    found: Awaiting, boards: Iterable[Placed], ends_at: datetime | None, words: Words
) -> list[str]:
    """What everybody has to know; `ends_at`: when the account expires, if that is soon."""
    boards = tuple(boards)
    said = [
        words["neutral.held_line"].format(
            board=board_called(name, boards, words),
            since=wording.moment(standing.neutral[0].at),
            by=standing.neutral[0].by_name,
        )
        for name, standing in found.neutral.items()
    ]
    if not found.proven:
        said.append(words["staff.time_unproven"])
    if ends_at is not None:
        said.append(words["staff.ends_soon"].format(time=wording.moment(ends_at)[-5:]))
    return said
