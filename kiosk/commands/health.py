"""`mingtang health`: how the parts of this terminal are."""

import argparse
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from kiosk import words
from kiosk.commands.moments import told
from kiosk.commands.running import settings_of, terminal_store
from kiosk.staff.health import findings
from kiosk.staff.health.findings import PRINTER as PRINTER
from kiosk.staff.health.findings import SPEAKERS as SPEAKERS
from kiosk.staff.health.findings import Finding, settings_remarks, unheard
from kiosk.staff.looks import looks
from kiosk.store.health import Health
from kiosk.store.terminal import TerminalStore


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "health",
        parents=[shared],
        help="how the parts of this terminal are",
        description="Tells what each part of this terminal said of itself last, and looks at "
        "disks, ports and the virus scanner. Exit 1 if something wants a look.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args, "terminal")
    now = datetime.now(UTC)
    with closing(TerminalStore(terminal_store(settings), create=False)) as store:
        parts = store.health()
    wanting = 0
    for name, wrong in looks(settings):
        wanting += bool(wrong)
        print(f"{name}: {said(wrong) if wrong else 'well'}")
    named = {f"board {board.name}" for board in settings.boards}
    for part in parts:
        if part.component.startswith("board ") and part.component not in named:
            print(f"{part.component}: not in the settings any more (told {told(part.at)})")
            continue
        found = complaints(part, now)
        wanting += len(found)
        print(f"{part.component}: {'; '.join(found or ['well'])} (told {told(part.at)})")
        for remark in findings.remarks(part):
            print(f"  {said(remark)}")
    for name, start in unheard(settings, {part.component for part in parts}):
        wanting += 1
        print(f"{name}: never heard of: {said(start)}")
    for remark in settings_remarks(settings):
        print(f"  {said(remark)}")
    return 1 if wanting else 0


def said(finding: Finding) -> str:
    """In English, as all that commands print."""
    return finding.said(words.load("en"))


def start_of(component: str) -> str:
    """What makes a silent part speak."""
    return said(findings.start_of(component))


def complaints(part: Health, now: datetime) -> list[str]:
    """What is wrong with a part, with what to do; `now` of the PC's clock, as `part.at` is."""
    return [said(finding) for finding in findings.findings(part, now)]


def personal(facts: Mapping[str, Any]) -> list[str]:
    """What is wrong with identification, entry and handing in; no number of anything."""
    return [said(finding) for finding in findings.personal(facts)]
