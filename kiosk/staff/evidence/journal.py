"""The record of a board as the evidence screen lists it, newest first (pure)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from display.evidence import TERMINAL_RECORD, Entry, Kind, Proof
from display.journal import TAKEN_OFF, TEST_CARD
from display.local_time import SHANGHAI
from display.schedule import State
from display.standing import Outcome
from kiosk.evidence.entry_content import content
from kiosk.staff.acts import REFUSED, word_of
from kiosk.staff.naming import Placed, board_called
from kiosk.words import Words

GOOD, ATTENTION, PLAIN = "good", "attention", "muted"
_PROOFS = {
    Proof.SENT: ("state_sent", ATTENTION),
    Proof.ACKNOWLEDGED: ("state_acknowledged", GOOD),
    Proof.READ_BACK: ("state_read_back", GOOD),
    Proof.REFUSED: ("state_refused", ATTENTION),
}
"""How far it is proven → its word in section evidence, and the tone of its badge."""
TOOLS = {
    "show": "tool_show",
    "clock": "tool_clock",
    "clear": "tool_clear",
    "power on": "tool_power_on",
    "power off": "tool_power_off",
    "show texts to calibrate": "tool_texts",
    "calibrate": "tool_calibrate",
    TEST_CARD: "tool_test_card",
}
"""What a technician did → its word in section journal."""
BRIGHTNESS = "brightness "
_SHOWN = {State.NEUTRAL: "showing_neutral", State.DARK: "showing_dark"}


@dataclass(frozen=True, slots=True)
class Row:
    """One entry."""

    number: int
    at: datetime
    event: str
    by: str
    result: str
    tone: str


def is_main(entry: Entry) -> bool:
    """Whether it is told among the main events: pages come by the thousand."""
    return entry.kind is not Kind.ON_AIR or entry.facts.get("showing") != State.PAGE


def rows(
    entries: Iterable[Entry],
    words: Words,
    *,
    everything: bool,
    boards: Collection[Placed] = (),
) -> list[Row]:
    """Newest first; `entries` come in the order of their numbers.

    `boards` are called by where they hang.
    """
    chosen = [entry for entry in entries if everything or is_main(entry)]
    return [_row(entry, words, boards) for entry in reversed(chosen)]


def clock(at: datetime) -> str:
    """11-23 08:30:04 in Shanghai."""
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M:%S}"


def _row(entry: Entry, words: Words, boards: Collection[Placed]) -> Row:
    board = (
        words["journal.terminal_named"]
        if entry.board == TERMINAL_RECORD
        else board_called(entry.board, boards, words)
    )
    try:
        event, by, result, tone = _told(entry, words)
    except (KeyError, TypeError, ValueError, IndexError):
        event, by, result, tone = _plain(entry, words), "", words["journal.noted"], PLAIN
    if entry.facts.get("unproven") is True:
        result, tone = words["journal.unproven"], ATTENTION
    return Row(entry.number, entry.at, event, by or board, result, tone)


def _told(entry: Entry, words: Words) -> tuple[str, str, str, str]:
    """Event, by whom (empty: the board), result and its tone."""
    facts = entry.facts
    match entry.kind:
        case Kind.EDITION:
            event = words["journal.edition_made"].format(
                day=facts["day"], version=facts["version"], pages=facts["pages"]
            )
            return event, "", words["journal.kept"], GOOD
        case Kind.ON_AIR:
            name, tone = _PROOFS[Proof(facts["state"])]
            return _shown(facts, words), "", words[f"evidence.{name}"], tone
        case Kind.WITHDRAWAL:
            return _withdrawn(entry, words)
        case Kind.LINK:
            lost = facts["state"] == "lost"
            event = words["journal.link_lost" if lost else "journal.link_connected"]
            state = words["evidence.state_lost" if lost else "evidence.state_connected"]
            return event, "", state, ATTENTION if lost else GOOD
        case Kind.TECHNICIAN:
            word = word_of(facts)
            if word:
                event = words[f"journal.{word}"].format(subject=facts["subject"])
                by = str(facts["by"])
                if facts["act"] in REFUSED:
                    return event, by, words["journal.refused"], ATTENTION
                return event, by, words["journal.noted"], PLAIN
            event = words["journal.technician"].format(action=_tool(facts["action"], words))
            return event, "", words["journal.noted"], PLAIN
        case Kind.RECOMPOSE:
            return words["journal.recompose"], str(facts["by"]), words["journal.noted"], PLAIN
        case Kind.DECISION:
            return _decision(entry, words)
        case Kind.ALARM:
            return _plain(entry, words), "", words["evidence.kind_alarm"], ATTENTION
        case Kind.CLOCK:
            good = facts["state"] == "proven"
            tone = GOOD if good else ATTENTION
            return _plain(entry, words), "", words["journal.noted"], tone
    return _plain(entry, words), "", words["journal.noted"], PLAIN


def _tool(action: str, words: Words) -> str:
    """What a technician did with a tool of the command line."""
    if action.startswith(BRIGHTNESS):
        return words["journal.tool_brightness"].format(level=action.removeprefix(BRIGHTNESS))
    return words[f"journal.{TOOLS[action]}"] if action in TOOLS else action


def _shown(facts: Mapping[str, Any], words: Words) -> str:
    state = State(str(facts["showing"]))
    if state is State.PAGE:
        return words["journal.page_shown"].format(page=facts["page"] + 1, notice=facts["notice"])
    return words[f"journal.{_SHOWN[state]}"]


def _withdrawn(entry: Entry, words: Words) -> tuple[str, str, str, str]:
    facts = entry.facts
    passed = entry.at - datetime.fromisoformat(facts["learned_at"])
    event = words["journal.withdrawn"].format(notice=facts["notice"])
    state = words.get(f"evidence.state_{str(facts['state']).replace(' ', '_')}", "")
    if passed < timedelta(0):
        return event, "", state, ATTENTION
    seconds = words["journal.seconds"].format(seconds=f"{passed.total_seconds():.1f}")
    return event, "", f"{state} {seconds}".strip(), GOOD


def _decision(entry: Entry, words: Words) -> tuple[str, str, str, str]:
    facts = entry.facts
    if facts["what"] == TAKEN_OFF:
        return _plain(entry, words), "", words["journal.without_effect"], ATTENTION
    counted = facts["outcome"] == Outcome.COUNTED
    result = words["journal.counted" if counted else "journal.without_effect"]
    event = _plain(entry, words)
    return event, str(facts["by"]), result, GOOD if counted else ATTENTION


def _plain(entry: Entry, words: Words) -> str:
    said = content(entry, lambda name: words[f"evidence.{name}"])
    kind = words[f"evidence.kind_{entry.kind.value}"]
    return said if entry.kind is Kind.DECISION else f"{kind}：{said}"
