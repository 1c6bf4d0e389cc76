"""What an entry without a section of its own tells, in the words of the report (pure)."""

from collections.abc import Callable, Mapping
from typing import Any

from display.evidence import Entry, Kind
from display.journal import TAKEN_OFF
from display.standing import Outcome
from kiosk.evidence.summary import ENTRIES_LOST, told

ALARMS = {
    ENTRIES_LOST: "alarm_entries_lost",
    "withdrawal not acknowledged": "alarm_withdrawal",
}
CLOCK_STATES = {"proven": "clock_proven", "unproven": "clock_unproven"}
DECISIONS = {
    "proposed": "decision_proposed",
    "approved": "decision_approved",
    "approval-withdrawn": "decision_approval_withdrawn",
    "proposal-withdrawn": "decision_proposal_withdrawn",
    "refused": "decision_refused",
    "neutral-now": "decision_neutral_now",
    "neutral-ended": "decision_neutral_ended",
}

Say = Callable[[str], str]
"""Name of a word of the report → the word."""


def content(entry: Entry, say: Say) -> str:
    """In the report's language where the program wrote it, else the facts as they are."""
    facts = {name: value for name, value in entry.facts.items() if name != "unproven"}
    try:
        match entry.kind:
            case Kind.ALARM:
                return say(ALARMS[facts["what"]]).format(**facts)
            case Kind.CLOCK:
                return say(CLOCK_STATES[facts["state"]])
            case Kind.DECISION:
                return _decision(facts, say)
    except (KeyError, TypeError, IndexError, ValueError):
        return told(facts)
    return told(facts)


def _decision(facts: Mapping[str, Any], say: Say) -> str:
    if facts["what"] == TAKEN_OFF:
        return say("decision_not_accepted").format(**facts)
    said = say(DECISIONS[facts["what"]]).format(**facts)
    if facts["outcome"] != Outcome.COUNTED:
        said += say("decision_without_effect").format(**facts)
    elif "formerly" in facts:
        said += say("decision_with_effect_now").format(**facts)
    return f"{said} ({facts['decision']})"
