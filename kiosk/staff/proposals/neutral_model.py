"""The neutral page held by staff: by whom, since when, and what a person may do about it (pure)."""

from dataclasses import dataclass

from display.decisions import NeutralEnded, NeutralNow
from kiosk.staff import wording
from kiosk.staff.accounts import Action, may
from kiosk.staff.proposals.model import Line, Seen, still_counts
from kiosk.sync.staff import StaffAccount
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Held:
    """How a board stands, for one person."""

    held: bool
    title: str
    lines: tuple[Line, ...]
    may_start: bool
    """Also while it is held, as long as the centre has not heard of it: another try."""
    may_end: bool
    denied: str
    """Why something cannot be done here; empty where nothing has to be said."""


def held_of(seen: Seen, account: StaffAccount, words: Words, *, proven: bool) -> Held:
    """`proven`: whether the time is; without that nothing can be decided."""
    found = seen.standing.neutral
    held = bool(found)
    undelivered = any(word.id not in seen.confirmed for word in found)
    may_start = may(account, Action.NEUTRAL)
    may_end = held and may(account, Action.END_NEUTRAL)
    denied = ""
    if not proven:
        denied = words["proposals.no_time"]
    elif not may_start:
        denied = words["neutral.no_start"]
    elif held and not may_end:
        denied = words["neutral.no_end"]
    lines = [_line(word, seen, words) for word in found]
    lines += _without_effect(seen, words)
    if not held:
        lines.insert(0, Line(words["neutral.not_held_text"]))
    return Held(
        held=held,
        title=words["neutral.held_title" if held else "neutral.not_held_title"],
        lines=tuple(lines),
        may_start=may_start and proven and (undelivered or not held),
        may_end=may_end and proven,
        denied=denied,
    )


def _line(word: NeutralNow, seen: Seen, words: Words) -> Line:
    said = _said(word, words)
    if word.id in seen.confirmed:
        return Line(said, "ink")
    return Line(words["neutral.unconfirmed"].format(said=said), "attention")


def _without_effect(seen: Seen, words: Words) -> list[Line]:
    """Words of this terminal that the centre did not take, the newest only."""
    newest = next(
        (
            one.decision
            for one in seen.refused
            if isinstance(one.decision, NeutralNow | NeutralEnded)
        ),
        None,
    )
    if newest is None:
        return []
    why = still_counts(newest.id, seen, words)
    said = _said(newest, words)
    return [Line(words["proposals.without_effect"].format(said=said, why=why), "attention")]


def _said(word: NeutralNow | NeutralEnded, words: Words) -> str:
    since = wording.moment(word.at)
    if isinstance(word, NeutralEnded):
        return words["neutral.word_end"].format(since=since, by=word.by_name)
    reason = wording.reason(word.reason, words)
    return words["neutral.word"].format(since=since, by=word.by_name, reason=reason)
