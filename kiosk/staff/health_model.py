"""The parts of a terminal as the health screen lists them (pure)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from display.local_time import SHANGHAI
from display.trusted_time import Contact, Reading, TrustedTime
from kiosk.settings import Settings
from kiosk.staff.findings import Finding, findings, remarks, settings_remarks, unheard
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


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found at one look."""

    parts: tuple[Health, ...]
    seen: tuple[tuple[str, Finding | None], ...]
    """What this program saw for itself."""
    contact: Contact | None
    reading: Reading
    trusted: TrustedTime | None


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

    def name(self, words: Words) -> str:
        """As the list shows it."""
        if self.part.startswith("board "):
            return words["health.part_board"].format(name=self.part.removeprefix("board "))
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
    found = [*_own(looked), *_told(settings, looked.parts, looked.reading.wall)]
    found += [Row(name, () if wrong is None else (wrong,)) for name, wrong in looked.seen]
    heard = {part.component for part in looked.parts}
    found += [Row(name, (start,), never=True) for name, start in unheard(settings, heard)]
    notes = tuple(settings_remarks(settings))
    if notes:
        found.append(Row("settings", (), notes))
    return sorted(found, key=lambda row: not row.wrong)


def _told(settings: Settings, parts: Iterable[Health], now: datetime) -> Iterator[Row]:
    boards: Collection[str] = {f"board {board.name}" for board in settings.boards}
    for part in parts:
        if part.component.startswith("board ") and part.component not in boards:
            continue
        notes = (*_of_board(part), *remarks(part)) if part.component in boards else remarks(part)
        yield Row(part.component, tuple(findings(part, now)), tuple(notes), part.at)


def _of_board(part: Health) -> Iterator[Finding]:
    acknowledged = part.facts.get("acknowledged_at")
    if isinstance(acknowledged, str):
        at = datetime.fromisoformat(acknowledged)
        yield Finding("acknowledged", {"time": moment(at)})
    else:
        yield Finding("no_acknowledgement")


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
