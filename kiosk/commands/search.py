"""`mingtang search`: look into a terminal's store as a visitor would."""

import argparse
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from kiosk.commands.running import settings_of, terminal_store


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "search",
        parents=[shared],
        help="look a word up in this terminal's store",
        description="Finds released notices by title, number, buyer or agent, newest first. "
        "Several words must all be there.",
    )
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("--limit", type=int, default=20, help="at most so many (default: 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object with all fields")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args, "terminal")
    from display.trusted_time import trusted_time
    from kiosk.commands.running import Problem
    from kiosk.notice.model import moment_text
    from kiosk.store.terminal import TerminalStore

    path = terminal_store(settings)
    if not path.exists():
        raise Problem(f"{path}: there is no store yet; `mingtang sync` makes it")
    store = TerminalStore(path)
    contact = store.contact()
    trusted = trusted_time(
        datetime.now(UTC),
        offset=timedelta(seconds=contact.offset_s) if contact is not None else None,
        last=store.last_moment(),
    )
    if trusted is None:
        raise Problem("the store has never heard the central server: nothing is released yet")
    hits = store.search(args.query, at=trusted.at, limit=args.limit)
    if args.json:
        count = store.count(args.query, at=trusted.at, cap=1_000_000)
        notices = [
            notice.model_dump(mode="json", exclude={"body"}, exclude_defaults=True)
            for notice in hits.notices
        ]
        print(json.dumps({"count": count, "notices": notices}, ensure_ascii=False, indent=2))
        return 0
    for notice in hits.notices:
        print(f"{moment_text(notice.published_at)}  {notice.kind:<16} {notice.title}")
        print(f"    {notice.id}  {notice.tender_no}  {notice.buyer}".rstrip())
    if not hits.notices:
        print("nothing found")
    return 0
