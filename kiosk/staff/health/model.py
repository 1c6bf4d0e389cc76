"""The parts of a terminal as the health screen lists them (pure)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from display.local_time import SHANGHAI
from display.trusted_time import Contact, Reading, TrustedTime
from kiosk.settings import BoardSettings, Settings
from kiosk.staff.health.findings import Finding, findings, remarks, settings_remarks, unheard
from kiosk.staff.naming import board_called
from kiosk.status import STALE_AFTER
from kiosk.store.health import Health
from kiosk.words import Words

CLOCK_OFF = timedelta(seconds=5)
"""From here on the difference to the server is worth a word."""
PARTS = {
    "ID reader": "part_reader",
    "scanner": "part_scanner",
    "printer": "part_printer",
    "keyboard": "part_keyboard",
    "speech": "part_speech",
    "sources": "part_sources",
    "memory": "part_memory",
    "visits": "part_visits",
    "outbox": "part_outbox",
    "personal services": "part_personal",
    "sync": "part_sync",
    "clock": "part_clock",
    "disk of terminal": "part_disk_terminal",
    "disk of central": "part_disk_central",
    "port of the ID reader": "part_port_reader",
    "port of the scanner": "part_port_scanner",
    "virus scanner": "part_virus",
    "settings": "part_settings",
}
"""Part → its name, in section health of the words."""
HEEDED = frozenset(
    {
        "no_acknowledgement",
        "card_clock_ahead",
        "card_clock_behind",
        "no_id_reader",
        "no_sources",
        "unscanned_refused",
        "unscanned_taken",
    }
)
"""Remarks for which no part is called well: not fitted, or not proven."""
_ORDER = ("bad", "attention", "good")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found at one look."""

    parts: tuple[Health, ...]
    seen: tuple[tuple[str, Finding | None], ...]
    """What this program saw for itself."""
    contact: Contact | None
    reading: Reading
    trusted: TrustedTime | None
    measured: Mapping[str, datetime] = field(default_factory=dict)
    """Board → when its speeds were measured."""


@dataclass(frozen=True, slots=True)
class Row:
    """One part."""

    part: str
    wrong: tuple[Finding, ...] = ()
    """With what to do."""
    remarks: tuple[Finding, ...] = ()
    told: datetime | None = None
    """When the part spoke last; None: just looked at, or never."""
    never: bool = False

    @property
    def tone(self) -> str:
        """bad: something is wrong; attention: something is missing or unproven; good."""
        if self.wrong:
            return "bad"
        return "attention" if any(each.name in HEEDED for each in self.remarks) else "good"

    def name(self, words: Words, boards: Collection[BoardSettings] = ()) -> str:
        """As the list shows it; `boards` are called by where they hang."""
        if self.part.startswith("board "):
            return board_called(self.part.removeprefix("board "), boards, words)
        return words[f"health.{PARTS[self.part]}"] if self.part in PARTS else self.part

    def when(self, words: Words) -> str:
        """Since when that is known."""
        if self.never:
            return words["health.never"]
        if self.told is None:
            return words["health.looked_at"]
        return words["health.told_at"].format(time=moment(self.told))


def moment(at: datetime) -> str:
    """11-23 09:12:05 in Shanghai."""
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M:%S}"


def rows(settings: Settings, looked: Looked) -> list[Row]:
    """All parts, those that want a look first."""
    found = [*_own(looked), *_told(settings, looked)]
    found += [Row(name, () if wrong is None else (wrong,)) for name, wrong in looked.seen]
    heard = {part.component for part in looked.parts}
    found += [Row(name, (start,), never=True) for name, start in unheard(settings, heard)]
    notes = tuple(settings_remarks(settings))
    if not settings.boards:
        notes = (*notes, Finding("no_board_here"))
    if notes:
        found.append(Row("settings", (), notes))
    return sorted(found, key=lambda row: _ORDER.index(row.tone))


def _told(settings: Settings, looked: Looked) -> Iterator[Row]:
    now = looked.reading.wall
    boards: Collection[str] = {f"board {board.name}" for board in settings.boards}
    for part in looked.parts:
        if part.component.startswith("board ") and part.component not in boards:
            continue
        notes = remarks(part)
        if part.component in boards:
            measured = looked.measured.get(part.component.removeprefix("board "))
            notes = [*_of_board(part, measured), *notes]
        yield Row(part.component, tuple(findings(part, now)), tuple(notes), part.at)


def _of_board(part: Health, measured: datetime | None) -> Iterator[Finding]:
    """Last acknowledgement, clock, size, and when the speeds were measured."""
    acknowledged = part.facts.get("acknowledged_at")
    if isinstance(acknowledged, str):
        at = datetime.fromisoformat(acknowledged)
        yield Finding("acknowledged", {"time": moment(at)})
    else:
        yield Finding("no_acknowledgement")
    off_s = part.facts.get("clock_off_s")
    if isinstance(off_s, int):
        ahead = "card_clock_ahead" if off_s > 0 else "card_clock_behind"
        yield Finding(ahead if off_s else "card_clock_right", {"seconds": abs(off_s)})
    match part.facts.get("size"):
        case [int(width), int(height)]:
            yield Finding("card_size", {"width": width, "height": height})
    if measured is not None:
        board = part.component.removeprefix("board ")
        day = f"{measured.astimezone(SHANGHAI):%Y-%m-%d}"
        yield Finding("measured_on", {"day": day, "board": board})


def _own(looked: Looked) -> Iterator[Row]:
    """Sync and clock, from the last contact with the server."""
    contact, trusted = looked.contact, looked.trusted
    proven = trusted is not None and trusted.proven
    if contact is None:
        yield Row("sync", (Finding("never_heard"),))
    else:
        stale = trusted is None or not proven or trusted.at - contact.server_time > STALE_AFTER
        said = Finding("heard_at", {"time": moment(contact.server_time)})
        yield Row("sync", (Finding("not_heard"),) if stale else (), (said,))
    wrong: list[Finding] = [] if proven else [Finding("clock_proven")]
    notes: list[Finding] = []
    if proven and trusted is not None:
        off = abs(looked.reading.wall - trusted.at)
        values = {"seconds": round(off.total_seconds())}
        if off > CLOCK_OFF:
            wrong.append(Finding("pc_clock_off", values))
        else:
            notes.append(Finding("pc_clock", values))
    yield Row("clock", tuple(wrong), tuple(notes))
