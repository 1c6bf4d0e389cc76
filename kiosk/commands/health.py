"""`mingtang health`: how the parts of this terminal are."""

import argparse
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from kiosk.commands.moments import told
from kiosk.commands.running import settings_of, terminal_store
from kiosk.store.health import Health
from kiosk.store.terminal import TerminalStore

SILENT_AFTER = timedelta(minutes=3)
"""Every part speaks once a minute."""
FULL = "edition is full"
"""Why `display.edition.compose` leaves out what is older than the newest few."""
REMEDIES = {
    "clock_proven": "the clock is not proven: nothing new is released until the server is heard",
    "accepting": "the printer takes no jobs: resume it",
    "pdf": "the printer takes no PDF: print through a CUPS server, which does",
    "voice": "no Chinese voice to read aloud: install the Debian package espeak-ng",
    "heard": "reading aloud failed: is there a sound device, and the voice cmn?",
    "overwrites": "what this program frees stays readable in memory: it needs glibc, and must be "
    "able to start itself again",
    "sticks": "no USB stick can be read: install the Debian package udisks2, see that it runs",
    "sticks_closed": "a USB stick stayed mounted: unmount it, and see the log of mingtang kiosk",
    "phone_page": "the page for phones cannot be opened: see [phone] in the settings",
    "calibrated": "the card's speeds are assumed: `mingtang board calibrate` measures them",
}
REFUSED = {
    "clock": "the card does not take its clock: the neutral page shows no time",
    "neutral": "the card keeps no neutral page: a dead computer leaves the board dark",
    "timers": "the card takes no timers: a dead computer leaves the board lit at night",
    "brightness": "the card does not take the brightness",
    "power": "the card does not let itself be switched: it may stay lit outside the screen hours",
}
OUTBOX = {
    "submission": "what visitors handed in",
    "event": "records of services",
}
"""Kinds that wait for the server. A visitor's question ends with the visit."""
PRINTER = {
    "jam": "the printer has a paper jam",
    "door_open": "the printer's cover is open",
    "no_paper": "the printer, or one of its trays, is out of paper",
    "no_toner": "the printer is out of toner or ink",
    "tray_full": "the printer's output tray is full",
    "worn_out": "the printer needs maintenance",
    "offline": "the printer is offline",
    "paused": "the printer is paused: resume it",
    "other": "the printer wants a look",
}


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "health",
        parents=[shared],
        help="how the boards of this terminal are",
        description="Tells what each part said of itself last. Exit 1 if something wants a look.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args, "terminal")
    now = datetime.now(UTC)
    with closing(TerminalStore(terminal_store(settings), create=False)) as store:
        parts = store.health()
    wanting = 0
    named = {f"board {board.name}" for board in settings.boards}
    for part in parts:
        if part.component.startswith("board ") and part.component not in named:
            print(f"{part.component}: not in the settings any more (told {told(part.at)})")
            continue
        found = complaints(part, now)
        wanting += len(found)
        print(f"{part.component}: {'; '.join(found or ['well'])} (told {told(part.at)})")
        for remark in remarks(part):
            print(f"  {remark}")
    for board in settings.boards:
        if f"board {board.name}" not in {part.component for part in parts}:
            wanting += 1
            print(f"board {board.name}: never heard of: is `mingtang display` running?")
    return 1 if wanting else 0


def complaints(part: Health, now: datetime) -> list[str]:
    """What is wrong with a part, with what to do; `now` of the PC's clock, as `part.at` is."""
    facts, found = part.facts, []
    if now - part.at > SILENT_AFTER:
        found.append("silent since then: is its process running?")
    elif part.at - now > SILENT_AFTER:
        found.append("told later than this PC's clock: was that put back? is its process running?")
    if facts.get("chinese") is False:
        found.append(f"no Chinese keyboard, letters and digits only: {facts.get('problem')}")
    if parked := facts.get("parked"):
        found.append(f"{parked} events that the server will not take: see the log of mingtang sync")
    if facts.get("waiting") and facts.get("problem"):
        found.append(f"{facts['waiting']} events wait for the server: {facts['problem']}")
    found += personal(facts)
    if facts.get("link") == "lost":
        found.append(f"no link: {facts.get('problem')}")
    found += [words for name, words in REMEDIES.items() if facts.get(name) is False]
    found += [words for name, words in PRINTER.items() if facts.get("trouble") == name]
    found += [words for name, words in REFUSED.items() if name in facts.get("refused", ())]
    if stuck := facts.get("stuck"):
        found.append(
            f"the printer does not let {stuck} cancelled jobs go: delete them there, and let this "
            "terminal's user cancel its own jobs"
        )
    if refused := facts.get("pages_refused"):
        found.append(f"the card refused {refused} pages: `mingtang board evidence` tells which")
    found += [
        f"{count} notices are not on the board: {reason}"
        for reason, count in facts.get("left_out", {}).items()
        if reason != FULL
    ]
    found += [
        f"withdrawn notice {notice} may still be shown: look at the board, switch it off"
        for notice in facts.get("withdrawals_not_acknowledged", ())
    ]
    found += [
        f"nobody has told the holidays of {warning.split()[-1]}: add them to the table"
        for warning in facts.get("warnings", ())
        if warning.startswith("unknown_year")
    ]
    return found


def personal(facts: Mapping[str, Any]) -> list[str]:
    """What is wrong with identification, entry and handing in; no number of anything."""
    found = []
    if facts.get("open") is False:
        found.append(f"no personal services at this terminal: {facts.get('why')}")
    if facts.get("stopped"):
        found.append("nothing is handed in: the server does not accept this terminal")
    for kind, name in OUTBOX.items():
        state = facts.get(f"outbox_{kind}")
        if state == "parked":
            found.append(f"{name}: parked, staff must look: `mingtang sync outbox` tells why")
        elif state == "waiting" and facts.get("trouble_sending") and not facts.get("stopped"):
            found.append(f"{name}: waiting, the last try failed: `mingtang sync outbox` tells why")
    return found


def remarks(part: Health) -> list[str]:
    """What is worth knowing of a part and nothing wrong."""
    full = part.facts.get("left_out", {}).get(FULL)
    return [f"{full} older notices are not on the board: the edition is full"] if full else []
