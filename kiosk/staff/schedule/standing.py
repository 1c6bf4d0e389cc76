"""How a draft stands, in one line: what came of it, what stands in its way, how much it changes."""

from dataclasses import dataclass

from kiosk.staff.draft import Draft
from kiosk.widgets.icons import Sign
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Said:
    """One line with its tone (good, attention, muted) and an icon, if any."""

    text: str = ""
    tone: str = "muted"
    sign: str = ""


def standing_of(draft: Draft, words: Words, *, may_change: bool) -> Said:
    """The most important of all that can be said."""
    if draft.overtaken:
        return Said(words["timing.overtaken"], "attention", Sign.WARNING.value)
    if not may_change:
        return Said(words["timing.read_only"])
    if draft.is_pending:
        return Said(words["timing.is_pending"])
    count = len(draft.differences)
    if not count:
        return Said(words["timing.unchanged"])
    return Said(words["timing.changes"].format(count=count), "attention", Sign.EDIT.value)


def told_of(told: str, *, proposed: bool) -> Said:
    """What came of a proposal that was made just now."""
    if proposed:
        return Said(told, "good", Sign.DONE.value)
    return Said(told, "attention", Sign.WARNING.value)
