"""`mingtang central opening-started` and `clock`: what staff say of moments that matter."""

import argparse
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from kiosk.commands.running import Problem, central_database, settings_of


def add(tasks: Any, late: argparse.ArgumentParser) -> None:
    """Add the tasks; `late` is the parser of --config behind a task."""
    opening = tasks.add_parser(
        "opening-started",
        parents=[late],
        help="say that the opening of a project has started",
        description="Only then is what was handed in for it handed over, and told to those who "
        "did. No clock says it instead of a person. Refused before the time that the notices of "
        "the project say, as last published; what was said once stays.",
    )
    opening.add_argument("notice", metavar="ID", help="a notice of the project")
    opening.set_defaults(run=run_opening_started)
    clock = tasks.add_parser(
        "clock",
        parents=[late],
        help="what the server holds against its clock",
        description="A server whose clock was put back takes nothing in, or late bids would come "
        "in time. This says how it is.",
    )
    clock.add_argument(
        "--accept",
        action="store_true",
        help="this computer's clock is right, and was ahead before; stop the server first",
    )
    clock.set_defaults(run=run_clock)


@contextlib.contextmanager
def named_problems(notice: str) -> Iterator[None]:
    """Say in words why the submissions to a notice stay closed."""
    from display.local_time import SHANGHAI
    from kiosk.central.openings import NoOpening, NotYet, UnknownNotice

    try:
        yield
    except NotYet as refused:
        until = refused.until.astimezone(SHANGHAI)
        raise Problem(
            f"refused before the opening: ask again from {until:%Y-%m-%d %H:%M} on"
        ) from None
    except NoOpening:
        raise Problem(
            f"{notice}: has no opening: it was cancelled before, or its notices give no time"
        ) from None
    except UnknownNotice:
        raise Problem(
            f"{notice}: no such notice is public, or it belongs to no invitation; check its id"
        ) from None


def run_opening_started(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    from display.local_time import SHANGHAI
    from kiosk.central.moments import ClockBehind, check_clock
    from kiosk.central.openings import start_opening
    from kiosk.central.projects import catch_up

    now = datetime.now(UTC)
    with central_database(settings, create=False) as database:
        catch_up(database)
        try:
            check_clock(database, now)
        except ClockBehind as problem:
            raise _behind(problem.last) from None
        with named_problems(args.notice):
            started = start_opening(database, args.notice, now)
    at = started.at.astimezone(SHANGHAI)
    print(f"{started.title}: the opening has started, noted at {at:%Y-%m-%d %H:%M:%S}")
    return 0


def run_clock(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    from kiosk.central.moments import ClockBehind, accept_clock, check_clock

    now = datetime.now(UTC)
    with central_database(settings, create=False) as database:
        if args.accept:
            accept_clock(database, now)
        try:
            check_clock(database, now)
        except ClockBehind as problem:
            raise _behind(problem.last) from None
    print("the clock is not behind what the server has seen")
    return 0


def _behind(last: datetime) -> Problem:
    from display.local_time import SHANGHAI

    return Problem(
        f"this computer's clock is behind {last.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}, which the "
        "server has seen: set it; or, if it was wrong then and is right now, stop the server and "
        "use `mingtang central clock --accept`"
    )
