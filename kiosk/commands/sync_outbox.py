"""`mingtang sync outbox`: what personal matters wait for the server; nothing personal in it."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.clocks import read_clocks
from kiosk.commands.moments import told
from kiosk.commands.running import Problem, settings_of
from kiosk.private.errors import KeyTrouble, NotReady
from kiosk.private.key import store_key
from kiosk.private.opening import open_private
from kiosk.private.store import PrivateStore
from kiosk.private.taking_out import NotOpened, open_export
from kiosk.private.transfer import Kind, State, Trouble, Waiting

KINDS = {
    Kind.SUBMISSION: "submission",
    Kind.EVENT: "record of a service",
    Kind.MATTERS: "question",
}
TROUBLES = {
    Trouble.OFFLINE: "the server cannot be reached, or cannot take it now",
    Trouble.REFUSED: "the server does not accept this terminal",
    Trouble.REJECTED: "the server will not take it",
    Trouble.TOO_LATE: "the deadline has passed",
    Trouble.DAMAGED: "its file on this terminal is damaged: the visitor must hand it in anew",
    Trouble.RECEIPT: "the receipt does not fit: is this the centre's own server?",
    Trouble.DISK: "this terminal's disk fails: look at its space and health",
}
STOPPED = (
    "Everything stands still: the server does not accept this terminal. "
    "When that is put right: mingtang sync outbox --retry ID"
)


def run(args: argparse.Namespace) -> int:
    """List what waits, send one item again, or open an export. Exit 1 if something wants a look."""
    if (args.open is None) != (args.to is None):
        args.wrong_use("--open and --to go together")
    settings = settings_of(args, "terminal", "private")
    if settings.terminal is None or settings.private is None:
        return 2
    if args.open is not None:
        return _open(args.open, args.to, settings.private.key)
    try:
        with open_private(
            settings.terminal.data, settings.private.key, clocks=read_clocks, create=False
        ) as store:
            if args.retry:
                return _retry(store, args.retry)
            return _list(store, datetime.now(UTC))
    except NotReady as problem:
        raise Problem(str(problem)) from None


def _open(folder: Path, to: Path, key: Path) -> int:
    try:
        names = open_export(folder, to, store_key(key, may_make=False))
    except (NotOpened, KeyTrouble) as problem:
        raise Problem(str(problem)) from None
    except OSError as problem:
        raise Problem(f"{problem.filename}: {problem.strerror}") from None
    print(f"{len(names)} files in {to}: {', '.join(names)}")
    print("They are personal: hand them over to whom they belong to, then delete the folder.")
    return 0


def _retry(store: PrivateStore, begin: str) -> int:
    ids = [each.id for each in store.outbox.waiting() if each.id.startswith(begin)]
    if len(ids) > 1:
        raise Problem(f"{begin}: begins {len(ids)} ids; write more of it")
    if not ids or not store.outbox.retry(ids[0]):
        raise Problem(f"{begin}: nothing that waits has an id that begins so")
    print(f"{ids[0]}: is sent again as soon as mingtang sync runs.")
    return 0


def _list(store: PrivateStore, now: datetime) -> int:
    waiting = store.outbox.waiting()
    stopped = store.outbox.is_stopped()
    if stopped:
        print(STOPPED)
    if not waiting:
        print("Nothing waits for the server.")
        return int(stopped)
    print(f"{'id':<36}  {'what':<19}  {'state':<17}  tries  next try")
    for each in waiting:
        print(
            f"{each.id:<36}  {KINDS[each.kind]:<19}  {state_in_words(each):<17}  "
            f"{each.attempts:>5}  {_next(each, now)}"
        )
        if each.problem is not Trouble.NONE:
            detail = f" ({each.detail})" if each.detail else ""
            print(f"  {TROUBLES[each.problem]}{detail}")
    return int(stopped or any(each.state is State.PARKED for each in waiting))


def state_in_words(item: Waiting) -> str:
    """Such as "waiting"."""
    if item.state is State.PARKED:
        return "parked, for staff"
    if item.paused:
        return "paused by visitor"
    return "being sent" if item.state is State.SENDING else "waiting"


def _next(item: Waiting, now: datetime) -> str:
    if item.state is not State.WAITING or item.paused:
        return "-"
    return "now" if item.next_s <= 0 else told(now + timedelta(seconds=item.next_s))
