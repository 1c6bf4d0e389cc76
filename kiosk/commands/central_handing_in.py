"""`mingtang central authorise`, `submissions` and `keys`: what staff do about handing in."""

import argparse
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.commands.running import Problem, central_database, positive, settings_of

VALID_DAYS = 90


def add(tasks: Any, late: argparse.ArgumentParser) -> None:
    """Add the tasks; `late` is the parser of --config behind a task."""
    authorise = tasks.add_parser(
        "authorise",
        parents=[late],
        help="give a unit an authorisation code",
        description="Signs a code with which a person acts for a unit at the terminals. It is "
        "printed as text; with --out, as a QR code too. Whoever holds the code can use it.",
    )
    authorise.add_argument("--unit", required=True, metavar="NAME")
    authorise.add_argument("--credit-code", required=True, metavar="CODE", help="18 characters")
    authorise.add_argument("--name", required=True, help="of the person who will come")
    authorise.add_argument(
        "--role", required=True, choices=("expert", "purchaser", "agency", "bidder")
    )
    authorise.add_argument(
        "--valid-days",
        type=positive,
        default=VALID_DAYS,
        metavar="N",
        help="(default: %(default)s)",
    )
    authorise.add_argument("--out", type=Path, metavar="FILE", help="picture (.png or .svg)")
    authorise.set_defaults(run=run_authorise)
    submissions = tasks.add_parser(
        "submissions",
        parents=[late],
        help="take over what was handed in, after the opening",
        description="Writes each submission with its receipt into a folder of its own. What "
        "belongs to a project is refused before the opening, as is any word on it.",
    )
    which = submissions.add_mutually_exclusive_group(required=True)
    which.add_argument("--notice", metavar="ID", help="the notice that it was handed in for")
    which.add_argument("--forms", action="store_true", help="forms that belong to no project")
    submissions.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    submissions.set_defaults(run=run_submissions)
    keys = tasks.add_parser(
        "keys",
        parents=[late],
        help="the keys that receipts are proven with",
        description="Prints the public keys as a JWK set (RFC 7517), the one in use first.",
    )
    keys.add_argument("--rotate", action="store_true", help="sign with a new key from now on")
    keys.set_defaults(run=run_keys)


def run_authorise(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    import segno
    from pydantic import ValidationError

    from kiosk.central.keyring import Keyring, UnusableKeys
    from kiosk.sync.authorisation import Authorisation, sign_authorisation
    from kiosk.sync.contract import fields_at_fault

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
        key = Keyring(settings.central.data).signing_key()  # type: ignore[union-attr]
        code = sign_authorisation(authorisation, key)
    except ValidationError as problem:
        raise Problem(f"cannot be used: {fields_at_fault(problem)}") from None
    except (ValueError, UnusableKeys) as problem:
        raise Problem(str(problem)) from None
    if args.out is not None:
        try:
            segno.make_qr(code, error="m").save(str(args.out), scale=6, border=4)
        except (OSError, ValueError) as problem:
            raise Problem(f"{args.out}: cannot be written: {problem}") from None
    print(code)
    return 0


def run_submissions(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    from display.local_time import SHANGHAI
    from kiosk.central.handed_over import (
        CannotHandOver,
        NotYet,
        UnknownNotice,
        hand_over,
        submissions_to,
    )
    from kiosk.central.keyring import Keyring
    from kiosk.central.submissions import Submissions
    from kiosk.central.uploads import Uploads

    with central_database(settings, create=False) as database:
        held = Submissions(database, Uploads(database), Keyring(database.folder))
        try:
            if args.forms:
                found = held.of_notice("")
            else:
                found = submissions_to(database, held, args.notice, datetime.now(UTC))
            receipts = hand_over(found, args.out)
        except NotYet as refused:
            until = refused.until.astimezone(SHANGHAI)
            raise Problem(
                f"refused before the opening: ask again from {until:%Y-%m-%d %H:%M} on"
            ) from None
        except UnknownNotice:
            raise Problem(f"{args.notice}: no such notice is public; check its id") from None
        except CannotHandOver as problem:
            raise Problem(f"{args.out}: {problem}") from None
    for receipt in receipts:
        received = receipt.received_at.astimezone(SHANGHAI)
        print(f"{receipt.number}  {received:%Y-%m-%d %H:%M:%S}  {receipt.by}  {receipt.title}")
    print(f"{len(receipts)} in {args.out}")
    return 0


def run_keys(args: argparse.Namespace) -> int:
    settings = settings_of(args, "central")
    from kiosk.central.keyring import Keyring, UnusableKeys
    from kiosk.central.site import publish_keys
    from kiosk.sync.contract import site_channel

    with central_database(settings) as database:
        keyring = Keyring(database.folder)
        try:
            known = keyring.rotate() if args.rotate else keyring.public_keys()
        except UnusableKeys as problem:
            raise Problem(str(problem)) from None
        publish_keys(database, site_channel(settings.centre.site), known)
    print(known.model_dump_json(indent=1))
    return 0
