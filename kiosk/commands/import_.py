"""`mingtang import`: take notices in at the central server."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.commands.running import Problem, central_database, settings_of


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "import",
        parents=[shared],
        help="take notices in at the central server",
        description="Reads portal JSON lines, lists of award candidates and OCDS release "
        "packages into the central server's database. Bad records are named with their line and "
        "reason, the rest go in; importing again changes nothing. Attachments are files below the "
        "folder of the imported one. Works while the server runs. "
        "Exit 1 if any record was refused.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    for path in args.files:
        if not path.exists():
            raise Problem(f"{path}: there is no such file; nothing was imported")
    from kiosk.central.ingest import counted, import_files
    from kiosk.sync.contract import public_channel

    with central_database(settings) as database:
        report = import_files(
            database,
            args.files,
            channel=public_channel(settings.centre.region),
            now=datetime.now(UTC),
        )
    for refusal in report.refusals:
        print(f"refused: {refusal}", file=sys.stderr)
    if report.reductions:
        print(
            f"left out of the HTML of {len(report.reductions)} records: {counted(report.dropped)}"
        )
    print(
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.refused} refused"
    )
    return 1 if report.refused else 0
