"""Why a day is an exception of the calendar: a fixed reason, or what somebody wrote (pure)."""

from kiosk.words import Words, load

CLOSED_FOR = ("maintenance", "power", "hall", "closed")
"""Why no edition is made on a day, by name in section timing."""
OPEN_FOR = ("openings", "extra", "make_up_day")
"""Why one is made all the same."""
RECORDED_IN = "zh"
"""Language of what is written into an arrangement, whoever reads it."""


def recorded(reason: str) -> str:
    """One of CLOSED_FOR or OPEN_FOR as an exception carries it."""
    return load(RECORDED_IN)[f"timing.for_{reason}"]


def reason_of(note: str) -> str:
    """The name of a recorded reason; empty: it is none of ours."""
    names = (*CLOSED_FOR, *OPEN_FOR)
    return next((name for name in names if note and note == recorded(name)), "")


def note_in(note: str, words: Words) -> str:
    """A note in the reader's language, as it is when it is none of ours."""
    name = reason_of(note)
    return words[f"timing.for_{name}"] if name else note
