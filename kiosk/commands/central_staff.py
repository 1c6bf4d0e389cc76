"""`mingtang central staff`: who may do what at the terminals."""

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.commands.moments import day_of
from kiosk.commands.running import Problem, central_database
from kiosk.commands.staff_accounts import SERVER
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.central.database import CentralDatabase

ROLES = ("editor", "approver", "supervisor", "technician", "desk")
SECRETS = (
    "The ID number and the PIN are asked for without showing them, or read as two lines from "
    "--number-file or from a pipe; neither is ever kept."
)


def add(tasks: Any, late: argparse.ArgumentParser) -> None:
    """Add the task; `late` is the parser of --config behind a task."""
    staff = tasks.add_parser(
        "staff",
        parents=[late],
        help="accounts of staff",
        description="Accounts with which staff are let in at the terminals, with card and PIN. "
        "Terminals learn of a change at their next contact.",
    )
    staff.set_defaults(place=SERVER)
    add_doings(staff.add_subparsers(title="doings", metavar="DO", required=True), late)


def add_doings(doings: Any, late: argparse.ArgumentParser) -> None:
    """Add what is done about accounts; the parser above says where, as `place`."""
    make = doings.add_parser(
        "add", parents=[late], help="make an account", description=f"Makes an account. {SECRETS}"
    )
    make.add_argument("--name", required=True, help="as on the card")
    make.add_argument(
        "--role",
        required=True,
        action="append",
        choices=ROLES,
        help="may be given several times; desk may only assist visitors, as all others may",
    )
    make.add_argument(
        "--until", required=True, type=day_of, metavar="DATE", help="the last day, as 2027-12-31"
    )
    make.add_argument(
        "--from",
        dest="since",
        type=day_of,
        metavar="DATE",
        help="the first day (default: from now on)",
    )
    _take_file(make)
    make.set_defaults(run=run_add, makes=True)
    doings.add_parser("list", parents=[late], help="show all accounts").set_defaults(run=run_list)
    remove = doings.add_parser(
        "remove",
        parents=[late],
        help="take an account back; its key stays in records, and what it decided before",
    )
    remove.add_argument("key", metavar="KEY")
    remove.set_defaults(run=run_remove)
    prolong = doings.add_parser(
        "prolong",
        parents=[late],
        help="let an account last until another day; key, card and PIN stay",
    )
    prolong.add_argument("key", metavar="KEY")
    prolong.add_argument(
        "--until", required=True, type=day_of, metavar="DATE", help="the last day, as 2027-12-31"
    )
    prolong.set_defaults(run=run_prolong)
    roles = doings.add_parser(
        "roles",
        parents=[late],
        help="give an account other roles in place of those it has; what it decided before stays",
    )
    roles.add_argument("key", metavar="KEY")
    roles.add_argument(
        "--role", required=True, action="append", choices=ROLES, help="may be given several times"
    )
    roles.set_defaults(run=run_roles)
    pin = doings.add_parser(
        "pin",
        parents=[late],
        help="give an account another PIN",
        description="Gives an account another PIN; its card stays, and what was decided with the "
        f"former PIN. {SECRETS}",
    )
    pin.add_argument("key", metavar="KEY")
    _take_file(pin)
    pin.set_defaults(run=run_pin)


def run_add(args: argparse.Namespace) -> int:
    settings = args.place.settings(args)
    from pydantic import ValidationError

    from display.local_time import SHANGHAI
    from kiosk.central.keyring import UnusableKeys
    from kiosk.central.staff import AccountExists, add_account
    from kiosk.expectations import first_fault
    from kiosk.sync.staff import StaffRole, WeakPin

    now = datetime.now(UTC)
    valid_from = now if args.since is None else _midnight(args.since)
    expires_at = _midnight(args.until + timedelta(days=1))
    if expires_at <= max(now, valid_from):
        raise Problem(f"--until {args.until}: lies in the past, or before --from")
    number, pin = _secrets(args.number_file)
    with _database(args, settings) as database:
        try:
            made = add_account(
                database,
                _channel(settings),
                name=args.name.strip(),
                roles=tuple(StaffRole(role) for role in dict.fromkeys(args.role)),
                number=number,
                pin=pin,
                valid_from=valid_from,
                expires_at=expires_at,
                now=now,
            )
        except AccountExists as problem:
            raise Problem(
                f"this card has an account already: {problem.key}; change that one with "
                f"`{args.place.command}` prolong, roles or pin, or remove it first"
            ) from None
        except (WeakPin, UnusableKeys) as problem:
            raise Problem(str(problem)) from None
        except ValidationError as problem:
            raise Problem(f"cannot be used: {first_fault(problem)}") from None
    last = (made.expires_at.astimezone(SHANGHAI) - timedelta(seconds=1)).date()
    print(f"{made.key}  {made.name}  {', '.join(made.roles)}  until {last}")
    return 0


def run_list(args: argparse.Namespace) -> int:
    settings = args.place.settings(args)
    from display.local_time import SHANGHAI
    from kiosk.central.staff import accounts

    now = datetime.now(UTC)
    with _database(args, settings, create=False) as database:
        found = accounts(database)
    for one in found:
        last = (one.expires_at.astimezone(SHANGHAI) - timedelta(seconds=1)).date()
        first = one.valid_from.astimezone(SHANGHAI).date()
        state = f"until {last}"
        if one.removed_at is not None:
            state = f"removed {one.removed_at.astimezone(SHANGHAI).date()}"
        elif now >= one.expires_at:
            state = f"expired {last}"
        elif now < one.valid_from:
            state = f"from {first} until {last}"
        print(f"{one.key}  {one.name}  {', '.join(one.roles)}  {state}")
    if not found:
        print("no accounts")
    return 0


def run_prolong(args: argparse.Namespace) -> int:
    settings = args.place.settings(args)
    from pydantic import ValidationError

    from kiosk.central.keyring import UnusableKeys
    from kiosk.central.staff import UnknownAccount, prolong_account

    now, expires_at = datetime.now(UTC), _midnight(args.until + timedelta(days=1))
    if expires_at <= now:
        raise Problem(f"--until {args.until}: lies in the past; to end an account, remove it")
    with _database(args, settings, create=False) as database:
        try:
            made = prolong_account(database, _channel(settings), args.key, expires_at, now)
        except UnknownAccount:
            raise _unknown(args) from None
        except UnusableKeys as problem:
            raise Problem(str(problem)) from None
        except ValidationError:
            raise Problem(f"--until {args.until}: lies before the account's first day") from None
    print(f"{made.key}  {made.name}  {', '.join(made.roles)}  until {args.until}")
    return 0


def run_roles(args: argparse.Namespace) -> int:
    settings = args.place.settings(args)
    from kiosk.central.keyring import UnusableKeys
    from kiosk.central.staff import TooManyChanges, UnknownAccount, change_roles
    from kiosk.sync.staff import StaffRole

    roles = tuple(StaffRole(role) for role in dict.fromkeys(args.role))
    with _database(args, settings, create=False) as database:
        try:
            made = change_roles(database, _channel(settings), args.key, roles, datetime.now(UTC))
        except UnknownAccount:
            raise _unknown(args) from None
        except TooManyChanges:
            raise Problem(
                f"{args.key}: had other roles too often; remove the account and make another one"
            ) from None
        except UnusableKeys as problem:
            raise Problem(str(problem)) from None
    print(f"{made.key}  {made.name}  {', '.join(made.roles)}")
    return 0


def run_remove(args: argparse.Namespace) -> int:
    settings = args.place.settings(args)
    from kiosk.central.keyring import UnusableKeys
    from kiosk.central.staff import UnknownAccount, remove_account

    with _database(args, settings, create=False) as database:
        try:
            name = remove_account(database, _channel(settings), args.key, datetime.now(UTC))
        except UnknownAccount:
            raise _unknown(args) from None
        except UnusableKeys as problem:
            raise Problem(str(problem)) from None
    print(f"{args.key}  {name}  removed")
    return 0


def run_pin(args: argparse.Namespace) -> int:
    settings = args.place.settings(args)
    from kiosk.central.keyring import UnusableKeys
    from kiosk.central.staff import AnotherCard, TooManyPins, UnknownAccount, change_pin
    from kiosk.sync.staff import WeakPin

    number, pin = _secrets(args.number_file)
    with _database(args, settings, create=False) as database:
        try:
            name = change_pin(
                database, _channel(settings), args.key, number, pin, datetime.now(UTC)
            )
        except UnknownAccount:
            raise _unknown(args) from None
        except AnotherCard:
            raise Problem(
                f"{args.key}: the number is not that of this account's card; nothing was changed"
            ) from None
        except TooManyPins:
            raise Problem(
                f"{args.key}: had too many PINs; remove the account and make the card a new one"
            ) from None
        except (WeakPin, UnusableKeys) as problem:
            raise Problem(str(problem)) from None
    print(f"{args.key}  {name}  has another PIN")
    return 0


def _take_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--number-file",
        type=Path,
        metavar="FILE",
        help="two lines, ID number and PIN, for scripts; - is the standard input",
    )


def _secrets(file: Path | None) -> tuple[str, str]:
    """Number and PIN, never from the command line, where other users would see them."""
    from kiosk.commands.numbers import check_id_number

    if file is None and sys.stdin.isatty():
        try:
            number = getpass.getpass("ID number: ")
            pin, again = getpass.getpass("PIN: "), getpass.getpass("PIN once more: ")
        except (KeyboardInterrupt, EOFError):
            raise Problem("ended; nothing was changed") from None
        if again != pin:
            raise Problem("the two PINs differ; nothing was changed")
    else:
        number, pin = _two_lines(file)
    number = "".join(number.split()).upper()
    check_id_number(number)
    return number, pin.strip()


def _two_lines(file: Path | None) -> tuple[str, str]:
    if file is None or str(file) == "-":
        text = sys.stdin.read()
    else:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else "is not UTF-8"
            raise Problem(f"{file}: cannot be read: {reason}") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 2:
        raise Problem(f"{file or 'standard input'}: two lines are wanted, ID number and PIN")
    return lines[0], lines[1]


@contextmanager
def _database(
    args: argparse.Namespace, settings: Settings, *, create: bool = True
) -> Iterator["CentralDatabase"]:
    """Where the accounts are; what was done without a problem is told to whoever must know."""
    with central_database(settings, create=create) as database:
        yield database
        args.place.spread(settings, database)


def _unknown(args: argparse.Namespace) -> Problem:
    shown = f"`{args.place.command} list` shows them"
    return Problem(f"{args.key}: there is no such account; {shown}")


def _channel(settings: Settings) -> str:
    from kiosk.sync.contract import site_channel

    return site_channel(settings.centre.site)


def _midnight(day: date) -> datetime:
    """Its beginning in Shanghai."""
    from display.local_time import SHANGHAI

    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
