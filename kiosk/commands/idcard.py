"""`mingtang idcard read|check`: a technician at the reader of ID cards."""

import argparse
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, assert_never

from devices.errors import DeviceError, Garbled, NoReply, Occupied, Refused, Unplugged
from devices.idcard.identity import Identity, masked_name, masked_number
from devices.idcard.outcome import Flaw, LiftedEarly, NoCard, StillThere, Stopped, Unusable
from kiosk.commands.running import Problem, settings_of, stop_on_signal

if TYPE_CHECKING:
    from devices.idcard.reader import IdReader

BAUDS = (9600, 19200, 57600, 115200)
USUAL_BAUD = 115200
USUAL_WAIT_S = 20
EXITS = "Exit 0: done. 1: not done, with the reason and what to do. 2: wrong use."
NEXT_STEPS = {
    Flaw.NOT_AN_IDENTITY_CARD: "lay an identity card; bus and bank cards do not do",
    Flaw.UNREADABLE: "lay it flat, alone, without its sleeve; if other cards can be read, this "
    "one is damaged",
    Flaw.NOT_AUTHENTIC: "try once more; if other cards can be read, do not trust this one",
    Flaw.NO_CONTENT: "this card is empty: try another one",
    Flaw.WRONG_CONTENT: "do not trust this card; if others have it too, the reader writes "
    "another layout than is known",
}


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "idcard",
        parents=[shared],
        help="tools for the reader of ID cards",
        description="Tools for the reader of ID cards.",
    )
    tools = parser.add_subparsers(title="tools", metavar="TOOL", required=True)
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--port",
        metavar="PORT",
        help="serial device or socket://host:port (default: [id_reader] of the settings)",
    )
    where.add_argument("--baud", type=int, choices=BAUDS, help=f"default: {USUAL_BAUD}")
    read = tools.add_parser(
        "read",
        parents=[shared, where],
        help="read one card and show it masked",
        description="Waits for a card and shows kind, name and number, masked. Nothing is kept.",
        epilog=EXITS,
    )
    read.add_argument(
        "--wait",
        type=_seconds,
        default=USUAL_WAIT_S,
        metavar="SECONDS",
        help="for a card, 1 to 600 (default: %(default)s)",
    )
    read.set_defaults(run=run_read, wrong_use=read.error)
    check = tools.add_parser(
        "check",
        parents=[shared, where],
        help="ask the reader for its self test and its number",
        description="Wakes the reader and tells its state, without a card.",
        epilog=EXITS,
    )
    check.set_defaults(run=run_check, wrong_use=check.error)


def _seconds(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 600:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text}: whole seconds, 1 to 600")


def run_check(args: argparse.Namespace) -> int:
    with _connected(args) as reader:
        reader.wake()
        print(f"reader: ready, module {reader.module()}")
    return 0


def run_read(args: argparse.Namespace) -> int:
    stop = stop_on_signal()
    with _connected(args) as reader:
        reader.wake()
        print(f"lay a card on the reader (at most {args.wait} s) …", flush=True)
        outcome = reader.read(wait_s=args.wait, stop=stop)
        damaged = reader.garbled
    match outcome:
        case Identity():
            print(f"kind: {outcome.kind}")
            print(f"name: {masked_name(outcome.name)}")
            print(f"number: {masked_number(outcome.number)}")
            if damaged:
                print(f"line: {damaged} damaged pieces: check cable and plug")
            return 0
        case NoCard():
            raise Problem("no card was found: lift it, and lay it flat on the reader again")
        case LiftedEarly():
            raise Problem("the card was lifted too early: lay it again and leave it there")
        case StillThere():
            raise Problem("the same card still lies there: lift it, then lay it again")
        case Unusable():
            raise Problem(f"{outcome.reason}: {NEXT_STEPS[outcome.flaw]}")
        case Stopped():
            raise Problem("stopped")
        case _:
            assert_never(outcome)


@contextmanager
def _connected(args: argparse.Namespace) -> Iterator["IdReader"]:
    """The reader, closed at the end. Every DeviceError becomes a Problem."""
    from devices.idcard.reader import open_reader

    port, baud = _place(args)
    try:
        reader = open_reader(port, baud=baud)
        try:
            yield reader
        finally:
            reader.close()
    except ValueError as problem:
        raise Problem(f"{port}: cannot be used: {problem}") from None
    except DeviceError as problem:
        raise Problem(in_plain_words(problem, port, baud)) from None


def _place(args: argparse.Namespace) -> tuple[str, int]:
    if args.port is not None:
        return args.port, args.baud or USUAL_BAUD
    if args.baud is not None:
        args.wrong_use("--baud goes with --port only")
    reader = settings_of(args, "id_reader").id_reader
    if reader is None:
        raise Problem("[id_reader] is missing")
    return reader.port, reader.baud


def in_plain_words(problem: DeviceError, port: str, baud: int) -> str:
    """What is wrong with the reader, and what to do."""
    match problem:
        case Occupied():
            return f"{problem}: one process owns a reader; end that one first"
        case Unplugged():
            code = getattr(problem.__cause__, "errno", None)
            if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
                return (
                    f"{port}: there is no such port: is the reader plugged in, and this its port?"
                )
            if code in (errno.EACCES, errno.EPERM):
                return f"{port}: no right to open it: add this user to the group that owns it"
            return f"{problem}: is the reader plugged in, and this its port?"
        case NoReply():
            return (
                f"{port}: no answer at {baud} baud: check plug and power; is it a SAM-V reader "
                "with a serial port, and this its baud?"
            )
        case Refused(code=0x66):
            return f"{port}: the reader is not licensed (code 66): its maker must license it"
        case Refused():
            return (
                f"{port}: the reader refused with code {problem.code:02X}: {problem.meaning}: "
                "unplug it, wait 10 s, plug it in; if that does not help, replace it"
            )
        case Garbled():
            return f"{port}: answers come damaged ({problem}): check cable and plug, keep it short"
    return f"{port}: {problem}"
