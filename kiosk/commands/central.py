"""`mingtang central`: the centre's own small server, what it publishes and what it received."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.commands import central_handing_in, central_opening, central_staff
from kiosk.commands.running import (
    Problem,
    central_database,
    positive,
    runs_until_told,
    settings_of,
    start_log,
    stop_on_signal,
)

DAYS = 30


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "central",
        parents=[shared],
        help="the centre's own small server",
        description="Serves the feeds at [central] host and port, from the folder [central] data. "
        "With a task it does that instead; the server may run at the same time.",
    )
    parser.set_defaults(run=run)
    tasks = parser.add_subparsers(title="tasks", metavar="TASK")
    # A default here would stand above a --config that was given before the task.
    late = argparse.ArgumentParser(add_help=False)
    late.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE")
    site = tasks.add_parser(
        "site",
        parents=[late],
        help="publish rooms, openings, guides and forms of the building",
        description="Brings the building's feed to what a TOML file says; start from "
        "assets/settings/site.toml. The file is the whole: what it no longer holds is taken back.",
    )
    site.add_argument("file", type=Path, metavar="FILE")
    site.set_defaults(run=run_site)
    ratings = tasks.add_parser(
        "ratings",
        parents=[late],
        help="what visitors said of the service",
        description="Counts ratings by grade, and lists the two bad grades with the last days "
        "for verifying them and for putting right what they were for.",
    )
    ratings.add_argument(
        "--days",
        type=positive,
        default=DAYS,
        metavar="N",
        help="received in the last N days (default: %(default)s)",
    )
    ratings.set_defaults(run=run_ratings)
    central_handing_in.add(tasks, late)
    central_opening.add(tasks, late)
    central_staff.add(tasks, late)


def run(args: argparse.Namespace) -> None:
    settings = settings_of(args, "central")
    start_log()
    import chinese_calendar

    from display.working_days import WorkingCalendar
    from kiosk.boards.plan import table_of
    from kiosk.central.database import UnusableDatabase
    from kiosk.central.keyring import UnusableKeys
    from kiosk.central.server import serve

    calendar = WorkingCalendar(table_of(settings.schedule), chinese_calendar.is_workday)
    here = settings.central

    def ready() -> None:
        if here is not None:
            runs_until_told(
                f"central server at http://{here.host}:{here.port}, data in {here.data.absolute()}"
            )

    try:
        serve(settings, stop_on_signal(), calendar=calendar, on_ready=ready)
    except (UnusableDatabase, UnusableKeys) as problem:
        raise Problem(str(problem)) from None


def run_site(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    from kiosk.central.site import UnusableFile, publish_site, read_site
    from kiosk.sync.contract import site_channel

    try:
        documents = read_site(args.file)
    except UnusableFile as problem:
        raise Problem(str(problem)) from None
    with central_database(settings) as database:
        try:
            done = publish_site(database, site_channel(settings.centre.site), documents)
        except UnusableFile as problem:
            raise Problem(str(problem)) from None
    print(
        ", ".join(f"{done[what]} {what}" for what in ("added", "updated", "unchanged", "removed"))
    )
    return 0


def run_ratings(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    import chinese_calendar

    from display.local_time import SHANGHAI
    from display.working_days import NoWorkingDay, WorkingCalendar
    from kiosk.boards.plan import table_of
    from kiosk.central.ratings import counts, due, ratings_since

    today = datetime.now(UTC).astimezone(SHANGHAI).date()
    since = today - timedelta(days=args.days - 1)
    with central_database(settings, create=False) as database:
        ratings = ratings_since(database, since)
    print(f"{len(ratings)} ratings received from {since} to {today}")
    for grade, count in counts(ratings).items():
        print(f"  {grade.value.replace('_', ' ')}: {count}")
    calendar = WorkingCalendar(table_of(settings.schedule), chinese_calendar.is_workday)
    try:
        found = due(ratings, calendar)
    except NoWorkingDay as problem:
        raise Problem(str(problem)) from None
    if found:
        print("Bad grades (anonymous: verify at the terminal, nobody can be called by name):")
    for one in found:
        rating = one.received.rating
        why = ", ".join(reason.replace("_", " ") for reason in rating.reasons) or "no reason given"
        print(
            f"  {one.received.received_on}  {one.received.terminal}  "
            f"{rating.grade.value.replace('_', ' ')}: {why}; verify by {one.call_back_by}, "
            f"put right by {one.fix_by}" + ("" if one.known else " (holidays not known)")
        )
    return 0
