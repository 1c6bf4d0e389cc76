"""`mingtang central authorise`, `submissions` and `keys`: what staff do about handing in."""

import argparse
import secrets
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kiosk.commands.moments import day_of
from kiosk.commands.running import Problem, central_database, positive, settings_of
from kiosk.settings import Settings

VALID_DAYS = 90
PICTURES = (".png", ".svg")


def add(tasks: Any, late: argparse.ArgumentParser) -> None:
    """Add the tasks; `late` is the parser of --config behind a task."""
    authorise = tasks.add_parser(
        "authorise",
        parents=[late],
        help="give a unit an authorisation code, or withdraw one",
        description="Signs a code with which a person acts for a unit at the terminals. It is "
        "printed as text; with --out, as a QR code too. Whoever holds the code can use it, until "
        "it expires or is withdrawn. A new one needs --unit, --credit-code, --name and --role.",
    )
    authorise.add_argument("--unit", metavar="NAME")
    authorise.add_argument("--credit-code", metavar="CODE", help="18 characters (GB 32100)")
    authorise.add_argument("--name", help="of the person who will come")
    authorise.add_argument("--role", choices=("expert", "purchaser", "agency", "bidder"))
    authorise.add_argument(
        "--valid-days",
        type=positive,
        default=VALID_DAYS,
        metavar="N",
        help="(default: %(default)s)",
    )
    authorise.add_argument("--out", type=Path, metavar="FILE", help="picture (.png or .svg)")
    instead = authorise.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="show the codes that are not expired")
    instead.add_argument("--withdraw", metavar="ID", help="refuse this code from now on")
    authorise.add_argument(
        "--until",
        type=day_of,
        metavar="DATE",
        help="with --withdraw, of a code that is not in the list: its last day",
    )
    authorise.set_defaults(run=run_authorise, wrong_use=authorise.error)
    submissions = tasks.add_parser(
        "submissions",
        parents=[late],
        help="take over what was handed in, after the opening",
        description="Writes each submission with its receipt into a folder of its own. What "
        "belongs to a project is refused until `mingtang central opening-started` was told of its "
        "opening, as is any word on it.",
    )
    which = submissions.add_mutually_exclusive_group(required=True)
    which.add_argument("--notice", metavar="ID", help="the notice that it was handed in for")
    which.add_argument("--forms", action="store_true", help="forms, apart from bids")
    submissions.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    submissions.set_defaults(run=run_submissions)
    keys = tasks.add_parser(
        "keys",
        parents=[late],
        help="the keys that receipts are proven with",
        description="Prints the public keys as a JWK set (RFC 7517), the one in use first.",
    )
    change = keys.add_mutually_exclusive_group()
    change.add_argument("--rotate", action="store_true", help="sign with a new key from now on")
    change.add_argument(
        "--revoke",
        metavar="KID",
        help="a former key that somebody else may have: nothing it signed is proven any more",
    )
    keys.set_defaults(run=run_keys)


def run_authorise(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    if args.until is not None and args.withdraw is None:
        args.wrong_use("--until goes with --withdraw only; a new code has --valid-days")
    if args.list:
        return _list_codes(settings)
    if args.withdraw is not None:
        return _withdraw(args, settings)
    for name in ("unit", "credit_code", "name", "role"):
        if getattr(args, name) is None:
            args.wrong_use(f"--{name.replace('_', '-')} is missing")
    from kiosk.commands.numbers import check_credit_code

    check_credit_code(args.credit_code.strip())
    if args.out is not None:
        _check_picture(args.out)
    return _give(args, settings)


def _check_picture(path: Path) -> None:
    """Before anything is signed. Raises Problem."""
    if path.suffix.lower() not in PICTURES:
        raise Problem(f"{path}: the picture is {' or '.join(PICTURES)} only")
    if not path.parent.is_dir():
        raise Problem(f"{path.parent}: there is no such folder; make it first")


def _give(args: argparse.Namespace, settings: Settings) -> int:
    import segno
    from pydantic import ValidationError

    from display.local_time import SHANGHAI
    from kiosk.central.authorisations import note_given
    from kiosk.central.keyring import UnusableKeys, keyring_of
    from kiosk.expectations import first_fault
    from kiosk.sync.authorisation import Authorisation, sign_authorisation

    now = datetime.now(UTC).replace(microsecond=0)
    try:
        authorisation = Authorisation(
            id=secrets.token_hex(8),
            unit=args.unit.strip(),
            credit_code=args.credit_code.strip(),
            name=args.name.strip(),
            role=args.role,
            issued_at=now,
            expires_at=now + timedelta(days=args.valid_days),
        )
        with central_database(settings) as database:
            keyring = keyring_of(database)
            # The public half first: what is signed here must be proven everywhere.
            keyring.public_keys()
            key = keyring.signing_key()
        code = sign_authorisation(authorisation, key)
    except ValidationError as problem:
        raise Problem(f"cannot be used: {first_fault(problem)}") from None
    except (ValueError, UnusableKeys) as problem:
        raise Problem(str(problem)) from None
    if args.out is not None:
        try:
            segno.make_qr(code, error="m").save(str(args.out), scale=6, border=4)
        except (OSError, ValueError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else problem
            raise Problem(f"{args.out}: cannot be written: {reason}") from None
    with central_database(settings) as database:
        note_given(database, authorisation)
    print(code)
    until = authorisation.expires_at.astimezone(SHANGHAI)
    where = f", as a picture in {args.out}" if args.out is not None else ""
    # The code alone goes to standard output, so that it can be passed on.
    print(
        f"code {authorisation.id}{where}: {authorisation.name} as {authorisation.role} for "
        f"{authorisation.unit}, until {until:%Y-%m-%d %H:%M}",
        file=sys.stderr,
    )
    return 0


def _list_codes(settings: Settings) -> int:
    from display.local_time import SHANGHAI
    from kiosk.central.authorisations import codes_given

    with central_database(settings, create=False) as database:
        found = codes_given(database, datetime.now(UTC))
    for one in found:
        until = one.expires_at.astimezone(SHANGHAI)
        whose = f"{one.unit}  {one.credit_code}  {one.name}  {one.role}" if one.role else "?"
        gone = "" if one.withdrawn_at is None else "  WITHDRAWN"
        print(f"{one.id}  until {until:%Y-%m-%d %H:%M}  {whose}{gone}")
    if not found:
        print("no codes that are not expired")
    return 0


def _withdraw(args: argparse.Namespace, settings: Settings) -> int:
    from pydantic import ValidationError

    from display.local_time import SHANGHAI
    from kiosk.central.authorisations import TooManyWithdrawn, UnknownCode, withdraw_code
    from kiosk.sync.contract import site_channel

    until = None
    if args.until is not None:
        until = datetime.combine(args.until + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
    with central_database(settings, create=False) as database:
        channel = site_channel(settings.centre.site)
        try:
            withdraw_code(database, channel, args.withdraw, datetime.now(UTC), until)
        except UnknownCode:
            raise Problem(
                f"{args.withdraw}: is not in `mingtang central authorise --list`; if it is a code "
                "of this centre all the same, say its last day with --until"
            ) from None
        except ValidationError:
            raise Problem(f"{args.withdraw}: is no id of a code") from None
        except TooManyWithdrawn:
            raise Problem(
                f"{args.withdraw}: is not withdrawn: as many codes as the feed carries are; wait "
                "until one of them expires"
            ) from None
    print(f"{args.withdraw}  withdrawn; terminals refuse it from their next contact on")
    return 0


def run_submissions(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    from display.local_time import SHANGHAI
    from kiosk.central.handed_over import CannotHandOver, hand_over, submissions_to
    from kiosk.central.keyring import keyring_of
    from kiosk.central.openings import NotStarted
    from kiosk.central.projects import catch_up
    from kiosk.central.submissions import Submissions
    from kiosk.central.uploads import Uploads
    from kiosk.commands.central_opening import named_problems

    with central_database(settings, create=False) as database:
        catch_up(database)
        held = Submissions(database, Uploads(database), keyring_of(database))
        try:
            if args.forms:
                found = held.forms()
            else:
                with named_problems(args.notice):
                    found = submissions_to(database, held, args.notice, datetime.now(UTC))
            receipts = hand_over(found, args.out)
        except NotStarted:
            raise Problem(
                "refused: nobody said that the opening has started; when it has, say so with "
                f"`mingtang central opening-started {args.notice}`"
            ) from None
        except CannotHandOver as problem:
            raise Problem(f"{args.out}: {problem}") from None
    for receipt in receipts:
        received = receipt.received_at.astimezone(SHANGHAI)
        print(f"{receipt.number}  {received:%Y-%m-%d %H:%M:%S}  {receipt.by}  {receipt.title}")
    print(f"{len(receipts)} in {args.out}")
    return 0


def run_keys(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    from kiosk.central.keyring import KeyInUse, UnknownKeyName, UnusableKeys, keyring_of
    from kiosk.central.site import publish_keys
    from kiosk.central.staff import vouch_again
    from kiosk.sync.contract import site_channel

    with central_database(settings) as database:
        keyring = keyring_of(database)
        try:
            if args.rotate:
                known = keyring.rotate(lambda: datetime.now(UTC))
            elif args.revoke is not None:
                known = keyring.revoke(args.revoke)
            else:
                known = keyring.public_keys()
        except UnknownKeyName:
            raise Problem(f"{args.revoke}: no key has this name; `keys` lists them") from None
        except KeyInUse:
            raise Problem(
                f"{args.revoke}: is in use; put a new one in its place first, with --rotate"
            ) from None
        except UnusableKeys as problem:
            raise Problem(str(problem)) from None
        publish_keys(database, site_channel(settings.centre.site), known)
        try:
            vouch_again(database, site_channel(settings.centre.site))
        except UnusableKeys as problem:
            raise Problem(str(problem)) from None
    print(known.model_dump_json(indent=1, exclude_none=True))
    return 0
