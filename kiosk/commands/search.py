"""`mingtang search`: look into a terminal's store as a visitor would."""

import argparse
import json
from typing import Any

from kiosk.commands.running import Problem, positive, settings_of, terminal_store


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "search",
        parents=[shared],
        help="look a word up in this terminal's store",
        description="Finds released notices by number, title, buyer, agent or body, also by pinyin "
        "and by date: the exact number first, then newest first, bodies last. Several words must "
        "all be there.",
    )
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("--limit", type=positive, default=20, help="at most so many (default: 20)")
    parser.add_argument("--json", action="store_true", help="one JSON object with all fields")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args, "terminal")
    from display.trusted_time import trusted_time
    from kiosk.clocks import read_clocks
    from kiosk.notice.model import moment_text
    from kiosk.store.filters import Filters
    from kiosk.store.terminal import TerminalStore

    with TerminalStore(terminal_store(settings), create=False) as store:
        trusted = trusted_time(read_clocks(), contact=store.contact(), last=store.last_moment())
        if trusted is None:
            raise Problem("the store has never heard the central server: nothing is released yet")
        hits = store.search(args.query, Filters(trusted.at), limit=args.limit)
        count = store.count(args.query, Filters(trusted.at), cap=1_000_000)
    if args.json:
        notices = [
            notice.model_dump(mode="json", exclude={"body"}, exclude_defaults=True)
            for notice in hits.notices
        ]
        print(json.dumps({"count": count, "notices": notices}, ensure_ascii=False, indent=2))
        return 0
    for notice in hits.notices:
        print(f"{moment_text(notice.published_at)}  {notice.kind:<16} {notice.title}")
        print(f"    {notice.id}  {notice.tender_no}  {notice.buyer}".rstrip())
    if hits.by_sound:
        print("nothing holds these words; these notices hold others that sound like them")
    print(f"{len(hits.notices)} of {count} shown" if count else "nothing found")
    return 0
