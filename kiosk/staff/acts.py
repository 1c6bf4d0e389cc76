"""What staff do at a terminal itself, as its own record keeps it: who, what, result (pure)."""

from collections.abc import Iterable, Mapping
from typing import Any

from display.evidence import Entry
from kiosk.sync.decision import shown_name
from kiosk.sync.staff import StaffAccount

RETRIED, RETURNED, EXPORTED = "outbox_retried", "outbox_returned", "outbox_exported"
ADJUSTED, BOARD_TEST = "terminal_adjusted", "board_test_asked"
SIGNED_IN, SIGNED_OUT = "staff_signed_in", "staff_signed_out"
WRONG_PIN, LOCKED_OUT = "wrong_pin", "wrong_pin_locked_out"
EVIDENCE_EXPORTED = "evidence_exported"
ACTS = {
    RETRIED: "act_retried",
    RETURNED: "act_returned",
    EXPORTED: "act_exported",
    ADJUSTED: "act_adjusted",
    BOARD_TEST: "act_board_test",
    SIGNED_IN: "act_signed_in",
    SIGNED_OUT: "act_signed_out",
    WRONG_PIN: "act_wrong_pin",
    LOCKED_OUT: "act_locked_out",
    EVIDENCE_EXPORTED: "act_evidence_exported",
}
"""What was done → its word in section journal."""
SHOWN_DIGITS = 16
"""Of a digest, in the list of the record."""
REFUSED = frozenset({WRONG_PIN, LOCKED_OUT})
"""Acts that were not let happen."""


def act_facts(
    account: StaffAccount | None, act: str, subject: str, result: str, *, proven: bool, **more: Any
) -> dict[str, Any]:
    """What the record keeps; `subject` names no person and no file. ValueError for other acts.

    `account` is None for what was done at the command line, where nobody signs in.
    """
    if act not in ACTS:
        raise ValueError(f"act: {act}")
    facts = {
        "action": act.replace("_", " "),
        "act": act,
        "by": "" if account is None else shown_name(account.name),
        "account": "" if account is None else account.key,
        "subject": subject,
        "result": result,
        **more,
    }
    return facts if proven else {**facts, "unproven": True}


def export_facts(
    account: StaffAccount | None,
    board: str,
    entries: tuple[int, int],
    sums: str,
    result: str,
    *,
    proven: bool,
) -> dict[str, Any]:
    """Of an export of evidence from one entry to another; by `sums` it is known again."""
    first, last = entries
    subject = f"{board} #{first}-{last} {sums[:SHOWN_DIGITS]}"
    more = {"board": board, "first": first, "last": last, "sums": sums}
    return act_facts(account, EVIDENCE_EXPORTED, subject, result, proven=proven, **more)


def export_entry(entries: Iterable[Entry], sums: str) -> Entry | None:
    """The newest entry of the terminal's own record that tells of the export with this digest."""
    found = None
    for entry in entries:
        if entry.facts.get("act") == EVIDENCE_EXPORTED and entry.facts.get("sums") == sums:
            found = entry
    return found


def word_of(facts: Mapping[str, Any]) -> str:
    """The word for it in section journal; empty for what is no act of staff at a terminal."""
    return ACTS.get(str(facts.get("act", "")), "")
