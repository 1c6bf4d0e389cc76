"""One connection from a technician's tool to a board, with every failure in plain words."""

import argparse
import errno
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from devices.catalogue import card_named, open_board
from devices.errors import DeviceError, Garbled, NoReply, Occupied, Refused, TryAgain, Unplugged
from devices.led.board import Board, Identity
from kiosk.boards.keeper import Kept, only_one
from kiosk.commands.display import board_named
from kiosk.commands.running import Problem, settings_of
from kiosk.settings import BoardSettings, Settings
from kiosk.store.terminal import DATABASE_NAME, TerminalStore

USUAL_BAUD = 57600
PROVISIONAL_SIZE = (128, 16)
"""Given to a driver until the card has told its own size; nothing is drawn meanwhile."""
USUAL_BAUDS = (9600, 57600)
"""Cards leave the factory with one of these."""


@dataclass(frozen=True, slots=True)
class Target:
    """The board that a technician means."""

    card: str
    port: str
    baud: int
    address: int
    size: tuple[int, int] | None
    """Pixels; None: as the card tells."""
    check_size: bool = True
    speeds: tuple[float, ...] = ()
    receive_buffer: int = 1024
    characters_per_second: float = 4.0
    settings: BoardSettings | None = None
    """Where it comes from; None: from the command line."""
    database: Path | None = None
    """Of the terminal, where calibrations are kept."""

    @property
    def in_settings(self) -> bool:
        return self.settings is not None

    @property
    def bauds(self) -> tuple[int, ...]:
        """Those worth trying, the likeliest first; a network socket has none of its own."""
        if self.port.startswith("socket://"):
            return (self.baud,)
        return tuple(dict.fromkeys((self.baud, *USUAL_BAUDS)))


def target_of(args: argparse.Namespace) -> Target:
    """The board of --board in the settings, or the one that --port and the like describe.

    Ends the program with its usage for options that do not go together.
    """
    described = (args.card, args.baud, args.address, args.size)
    if args.port is None:
        if any(value is not None for value in described):
            args.wrong_use("--card, --baud, --address and --size go with --port only")
        settings = settings_of(args, "boards")
        return target_in(settings, board_named(settings, args.board))
    if args.board is not None:
        args.wrong_use("say either --board or --port")
    if args.card is None:
        args.wrong_use("--port needs --card, the control card")
    return Target(
        card=args.card,
        port=args.port,
        baud=args.baud or USUAL_BAUD,
        address=args.address or 1,
        size=args.size,
    )


def target_in(settings: Settings, board: BoardSettings) -> Target:
    """A board of the settings."""
    return Target(
        card=board.card,
        port=board.port,
        baud=board.baud,
        address=board.address,
        size=(board.width, board.height),
        check_size=board.check_size,
        speeds=board.speeds,
        receive_buffer=board.receive_buffer,
        characters_per_second=settings.schedule.characters_per_second,
        settings=board,
        database=settings.terminal.data / DATABASE_NAME if settings.terminal else None,
    )


def speeds_of_target(target: Target) -> tuple[float, ...]:
    """The speeds in force at a board; see `BoardSettings.speeds_in_force`. Raises StoreError."""
    if target.settings is None:
        return target.speeds or card_named(target.card).speeds
    kept = None
    if target.database is not None and target.database.exists():
        with TerminalStore(target.database, create=False) as store:
            kept = store.calibration(target.settings.name)
    return target.settings.speeds_in_force(kept.speeds if kept else ())


def differs(target: Target, identity: Identity) -> bool:
    """The card tells another size than the one that is to be relied on."""
    told = (identity.width, identity.height)
    return target.check_size and target.size is not None and target.size != told


def other_size(target: Target, identity: Identity) -> str:
    """Both sizes, and what to do about it."""
    width, height = target.size or (0, 0)
    source, remedy = (
        ("the settings say", f"set width = {identity.width} and height = {identity.height}")
        if target.in_settings
        else ("--size says", f"say --size {identity.width}x{identity.height}")
    )
    return (
        f"{source} {width}x{height} pixels, the card {identity.width}x{identity.height}: "
        f"{remedy}, or put the card's own parameters right"
    )


@contextmanager
def connected(target: Target, *, baud: int | None = None) -> Iterator[Board]:
    """A board on its line, closed at the end. Every DeviceError becomes a Problem.

    NoReply passes when `baud` is given: whoever searches goes on with the next one.
    """
    try:
        with _right_to(target):
            board = _open(target, baud or target.baud)
            try:
                yield board
            finally:
                board.close()
    except Kept as problem:
        raise Problem(f"{problem}: one process owns a board; end that one first") from None
    except NoReply:
        if baud is not None:
            raise
        raise Problem(no_answer(target, (target.baud,))) from None
    except DeviceError as problem:
        raise Problem(_in_plain_words(problem, target)) from None


def _right_to(target: Target) -> AbstractContextManager[None]:
    """Of a board of the settings; any other port is free to whoever can open it."""
    if target.settings is None or target.database is None or not target.database.parent.exists():
        return nullcontext()
    return only_one(target.database.parent, target.settings.name)


def no_answer(target: Target, bauds: tuple[int, ...]) -> str:
    """What to check when nothing answers at any of `bauds`."""
    hint = (
        ""
        if set(bauds) == set(target.bauds)
        else "; `mingtang board identify` looks at other baud rates too"
    )
    tried = " or ".join(map(str, bauds))
    return (
        f"{target.port}: no answer at {tried} baud from address {target.address}: check the "
        f"wiring (A and B may be swapped), the board's power, and the card's address{hint}"
    )


def _open(target: Target, baud: int) -> Board:
    width, height = target.size or PROVISIONAL_SIZE
    try:
        return open_board(
            target.card,
            target.port,
            baud=baud,
            address=target.address,
            width=width,
            height=height,
            speeds=target.speeds,
            receive_buffer=target.receive_buffer,
        )
    except Unplugged as problem:
        raise Problem(_not_opened(problem, target)) from None
    except ValueError as problem:
        raise Problem(f"{target.port}: cannot be used: {problem}") from None


def _not_opened(problem: Unplugged, target: Target) -> str:
    if isinstance(problem, Occupied):
        return f"{problem}: one process owns a board; end that one first"
    code = getattr(problem.__cause__, "errno", None)
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return f"{target.port}: there is no such port: is the adapter plugged in?"
    if code in (errno.EACCES, errno.EPERM):
        return f"{target.port}: no right to open it: add this user to the group that owns it"
    what = (
        "check the power and the address of the network converter"
        if "://" in target.port
        else "is it a serial port?"
    )
    return f"{problem}: {what}"


def _in_plain_words(problem: DeviceError, target: Target) -> str:
    match problem:
        case TryAgain():
            return (
                f"{target.port}: the card cannot for now (code {problem.code}: "
                f"{problem.meaning}): wait a little and try again"
            )
        case Refused():
            return f"{target.port}: the card refused with code {problem.code}: {problem.meaning}"
        case Unplugged():
            return f"{problem}: the line was lost: is the adapter still plugged in?"
        case Garbled():
            return (
                f"{target.port}: the answer makes no sense ({problem}): is the control card "
                f"a {target.card}?"
            )
    return f"{target.port}: {problem}"
