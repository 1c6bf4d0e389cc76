"""What is wrong with a terminal's parts, with what to do, for command line and screen (pure)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from display.edition import BY_STAFF
from kiosk.settings import BoardSettings, Settings
from kiosk.staff.naming import board_called
from kiosk.store.health import Health
from kiosk.words import Words

SILENT_AFTER = timedelta(minutes=3)
"""Every part speaks once a minute."""
KIOSK, SYNC = "mingtang kiosk", "mingtang sync"
SPEAKERS = {
    "ID reader": KIOSK,
    "keyboard": KIOSK,
    "memory": KIOSK,
    "printer": KIOSK,
    "scanner": KIOSK,
    "sources": KIOSK,
    "speech": KIOSK,
    "visits": KIOSK,
    "outbox": SYNC,
    "personal services": SYNC,
}
"""Part → the process that tells of it."""
_SILENT = {KIOSK: "start_kiosk", SYNC: "start_sync"}
FULL = "edition is full"
"""Why `display.edition.compose` leaves out what is older than the newest few."""
_REMEDIES = (
    *("clock_proven", "accepting", "pdf", "voice", "heard", "overwrites", "sticks"),
    *("sticks_closed", "phone_page", "calibrated"),
)
"""Facts that are wrong when false; their words have the same names."""
_REFUSED = {
    "clock": "refused_clock",
    "neutral": "refused_neutral",
    "timers": "refused_timers",
    "brightness": "refused_brightness",
    "power": "refused_power",
    "clock read": "refused_clock_read",
}
_OUTBOX = {"submission": "owed_submission", "event": "owed_event"}
"""Kinds that wait for the server. A visitor's question ends with the visit."""
PRINTER = {
    "jam": "printer_jam",
    "door_open": "printer_door_open",
    "no_paper": "printer_no_paper",
    "no_toner": "printer_no_toner",
    "tray_full": "printer_tray_full",
    "worn_out": "printer_worn_out",
    "offline": "printer_offline",
    "paused": "printer_paused",
    "other": "printer_other",
}


STARTS = frozenset({*_SILENT.values(), "start_process", "start_display"})
TECHNICAL = frozenset(
    {
        "events_parked",
        "events_waiting",
        "no_chinese",
        "link_lost",
        "pdf",
        "voice",
        "heard",
        "overwrites",
        "sticks",
        "sticks_closed",
        "phone_page",
        "calibrated",
        "not_open",
        "owed_parked",
        "owed_waiting",
        "unscanned_refused",
        "unscanned_taken",
        "no_id_reader",
        "ask_id_reader",
        "no_sources",
        "disk_unseen",
        "disk_full",
        "port_missing",
        "port_other",
        "port_closed",
        "clamd_silent",
        "not_heard",
        "pc_clock_off",
        "measured_on",
        "printer_stuck",
    }
)
"""Sentences that name commands, settings or paths; others read the one with plain_ instead."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, by its name in section health of the words."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)

    def said(
        self, words: Words, boards: Collection[BoardSettings] = (), *, technician: bool = True
    ) -> str:
        """The sentence; a finding among the values is said too.

        `boards` are called by where they hang. Whoever is no technician reads no commands.
        """
        values = {
            key: value.said(words, boards, technician=technician)
            if isinstance(value, Finding)
            else value
            for key, value in self.values.items()
        }
        if "board" in values:
            name = str(values["board"])
            values |= {"name": name, "board": board_called(name, boards, words)}
        return words[f"health.{self._worded(technician)}"].format(**values)

    def _worded(self, technician: bool) -> str:
        if technician:
            return self.name
        if self.name in STARTS:
            return "ask_technician"
        return f"plain_{self.name}" if self.name in TECHNICAL else self.name


def unheard(settings: Settings, heard: Collection[str]) -> Iterator[tuple[str, Finding]]:
    """Parts of the settings that never told anything, with what to start."""
    due = {
        "printer": settings.printer is not None,
        "sources": settings.storage is not None or settings.phone is not None,
        "visits": settings.private is not None,
        "outbox": settings.sync is not None,
        "personal services": settings.private is not None and settings.sync is not None,
    }
    for name, wanted in due.items():
        if wanted and name not in heard:
            yield name, start_of(name)
    for board in settings.boards:
        if f"board {board.name}" not in heard:
            yield f"board {board.name}", start_of(f"board {board.name}")


def start_of(component: str) -> Finding:
    """What makes a silent part speak."""
    if component.startswith("board "):
        return Finding("start_display", {"board": component.removeprefix("board ")})
    return Finding(_SILENT.get(SPEAKERS.get(component, ""), "start_process"))


def findings(part: Health, now: datetime) -> list[Finding]:
    """What is wrong with a part, with what to do; `now` of the PC's clock, as `part.at` is."""
    return [*_silence(part, now), *_of_facts(part.facts)]


def _silence(part: Health, now: datetime) -> Iterator[Finding]:
    start = {"start": start_of(part.component)}
    if now - part.at > SILENT_AFTER:
        yield Finding("silent", start)
    elif part.at - now > SILENT_AFTER:
        yield Finding("told_later", start)


def _of_facts(facts: Mapping[str, Any]) -> Iterator[Finding]:
    if facts.get("chinese") is False:
        yield Finding("no_chinese", {"problem": facts.get("problem")})
    if parked := facts.get("parked"):
        yield Finding("events_parked", {"count": parked})
    if facts.get("away"):
        yield Finding("server_away")
    elif facts.get("waiting") and facts.get("problem"):
        values = {"count": facts["waiting"], "problem": facts["problem"]}
        yield Finding("events_waiting", values)
    yield from personal(facts)
    if facts.get("link") == "lost":
        yield Finding("link_lost", {"problem": facts.get("problem")})
    yield from (Finding(name) for name in _REMEDIES if facts.get(name) is False)
    yield from (Finding(name) for fact, name in PRINTER.items() if facts.get("trouble") == fact)
    refused = facts.get("refused", ())
    yield from (Finding(name) for fact, name in _REFUSED.items() if fact in refused)
    if stuck := facts.get("stuck"):
        yield Finding("printer_stuck", {"count": stuck})
    if pages := facts.get("pages_refused"):
        yield Finding("pages_refused", {"count": pages})
    for reason, count in facts.get("left_out", {}).items():
        if reason not in (FULL, BY_STAFF):
            yield Finding("left_out", {"count": count, "reason": reason})
    for notice in facts.get("withdrawals_not_acknowledged", ()):
        yield Finding("withdrawal_open", {"notice": notice})
    for warning in facts.get("warnings", ()):
        if warning.startswith("unknown_year"):
            yield Finding("unknown_year", {"year": warning.split()[-1]})


def personal(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with identification, entry and handing in; no number of anything."""
    if facts.get("open") is False:
        yield Finding("not_open", {"why": facts.get("why")})
    if facts.get("stopped"):
        yield Finding("not_accepted")
    for kind, name in _OUTBOX.items():
        state, what = facts.get(f"outbox_{kind}"), {"what": Finding(name)}
        if state == "parked":
            yield Finding("owed_parked", what)
        elif state == "waiting" and facts.get("trouble_sending") and not facts.get("stopped"):
            yield Finding("owed_waiting", what)


def remarks(part: Health) -> list[Finding]:
    """What is worth knowing of a part and nothing wrong."""
    left_out = part.facts.get("left_out", {})
    named = {FULL: "edition_full", BY_STAFF: "left_out_by_staff"}
    return [
        Finding(name, {"count": left_out[reason]})
        for reason, name in named.items()
        if left_out.get(reason)
    ]


def settings_remarks(settings: Settings) -> Iterator[Finding]:
    """What is worth knowing of the settings and nothing wrong."""
    if settings.private is None:
        return
    if not settings.upload.clamd:
        refused = settings.upload.unscanned == "refuse"
        yield Finding("unscanned_refused" if refused else "unscanned_taken")
    if settings.id_reader is None:
        yield Finding("no_id_reader")
    else:
        yield Finding("ask_id_reader")
    if settings.storage is None and settings.phone is None:
        yield Finding("no_sources")
