"""Takes a day of a board's record out, for others to check."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from display.evidence import TERMINAL_RECORD, Kind, NotAnEntry
from display.local_time import SHANGHAI
from kiosk import words
from kiosk.evidence.check import Checked
from kiosk.evidence.export import FolderInUse, NothingRecorded, Request, export
from kiosk.fonts import FontMissing, ui_face
from kiosk.settings import Settings
from kiosk.staff.acts import export_facts
from kiosk.store.terminal import TerminalStore
from kiosk.sync.staff import StaffAccount


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it."""

    outcome: str
    """A word of section journal."""
    folder: Path
    count: int = 0
    problem: str = ""
    sums: str = ""
    """SHA-256 (hex) of the list of digests, as the terminal's own record keeps it."""


def exports_folder(settings: Settings) -> Path:
    """Where exports go. ValueError for settings without a terminal."""
    if settings.staff.exports is not None:
        return settings.staff.exports
    if settings.terminal is None:
        raise ValueError("settings without [terminal]")
    return settings.terminal.data / "exports"


def take_out(
    store: TerminalStore,
    settings: Settings,
    board: str,
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    account: StaffAccount,
    proven: bool,
) -> Taken:
    """Export `[since, until)`, as far as it is past, check it, and note that `account` did so.

    `proven`: whether `now` is. Raises StoreError.
    """
    local, day = now.astimezone(SHANGHAI), since.astimezone(SHANGHAI)
    name = f"{board}-{day:%Y-%m-%d}-{local:%Y%m%d-%H%M%S}"
    out = exports_folder(settings) / name
    if settings.terminal is None:
        raise ValueError("settings without [terminal]")
    cache = settings.terminal.data / "cache" / "fonts"
    try:
        faces = ui_face("Regular", cache), ui_face("Bold", cache)
        request = Request(board, since, min(until, now), out, settings.centre.name, now)
        done = export(store, request, faces, words.load("zh"), words.load("en"))
        problems = Checked(out).problems
    except NothingRecorded:
        return Taken("nothing_to_export", out)
    except FontMissing:
        return Taken("no_font", out)
    except NotAnEntry as problem:
        return Taken("exported_broken", out, problem=str(problem))
    except (FolderInUse, OSError):
        return Taken("export_failed", out)
    count = done.last.number - done.first.number + 1
    taken = Taken("exported", out, count, sums=done.sums)
    if problems:
        taken = Taken("exported_broken", out, count, problems[0], done.sums)
    facts = export_facts(account, board, done.numbers, done.sums, taken.outcome, proven=proven)
    store.record(TERMINAL_RECORD, now, Kind.TECHNICIAN, facts)
    return taken
