"""我的办件: what one person handed in, with the periods that run from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from display.local_time import SHANGHAI
from display.working_days import NoWorkingDay, WorkingCalendar
from kiosk.central.submissions import Stored, receipt_of
from kiosk.sync.submission import Matter, Period, PeriodKind


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: PeriodKind
    working_days: int


_QUESTION = _Rule(PeriodKind.ANSWER_TO_QUESTION, 3)
_CHALLENGE = _Rule(PeriodKind.ANSWER_TO_CHALLENGE, 7)
_DEPOSIT = _Rule(PeriodKind.DEPOSIT_RETURN, 5)
"""Domain rule 16; of the other periods there, none begins with something handed in here."""


def matters_of(stored: Sequence[Stored], calendar: WorkingCalendar) -> tuple[Matter, ...]:
    """Write the matters of one person's submissions, in their order."""
    return tuple(
        Matter(receipt=receipt_of(each), signed=each.signed, periods=periods_of(each, calendar))
        for each in stored
    )


def periods_of(stored: Stored, calendar: WorkingCalendar) -> tuple[Period, ...]:
    """The periods that run from a submission; none where the calendar cannot tell."""
    rule = _rule_for(stored.manifest.get("form"))
    if rule is None:
        return ()
    day = stored.received_at.astimezone(SHANGHAI).date()
    try:
        found = calendar.add(day, rule.working_days)
    except NoWorkingDay:
        return ()
    return (
        Period(
            kind=rule.kind,
            days=rule.working_days,
            until=found.day.isoformat(),
            holidays_known=found.known,
        ),
    )


def _rule_for(form: Any) -> _Rule | None:
    if not isinstance(form, dict):
        return None
    key = form.get("form")
    if key == "deposit-return":
        return _DEPOSIT
    if key == "question-objection":
        values = form.get("values")
        asked = values.get("kind") if isinstance(values, dict) else None
        return _QUESTION if asked == "question" else _CHALLENGE
    return None
