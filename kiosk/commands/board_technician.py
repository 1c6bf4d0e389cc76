"""`mingtang board identify|show|clock|power|brightness|clear|status`: a technician at a board."""

import argparse
import math
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from devices.catalogue import CARDS
from devices.errors import NoReply
from devices.led.board import Identity, Status
from display.local_time import SHANGHAI
from kiosk.commands import board_show
from kiosk.commands.board_connection import (
    Target,
    connected,
    differs,
    no_answer,
    other_size,
    target_of,
)
from kiosk.commands.board_notes import noted
from kiosk.commands.running import Problem, size_of

BAUDS = (2400, 4800, 9600, 19200, 57600, 115200)
TOLERATED_CLOCK_S = 60
"""A card's clock that is further off deserves a word."""
EXITS = "Exit 0: done and acknowledged by the card. 1: not done, with the reason. 2: wrong use."


def add(tools: Any, shared: argparse.ArgumentParser) -> None:
    where = _where()

    def tool(name: str, summary: str, description: str, run: Any) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = tools.add_parser(
            name, parents=[shared, where], help=summary, description=description, epilog=EXITS
        )
        parser.set_defaults(run=run, wrong_use=parser.error)
        return parser

    tool(
        "identify",
        "find the card and compare it with the settings",
        "Asks at the settings' baud, then at 9600 and 57600. Exit 1 also if baud or size differ "
        "from what the settings say.",
        run_identify,
    )
    show = tool(
        "show",
        "put a text on the board for a while",
        "Shows TEXT, which scrolls if it is too wide to stand (on a card that takes pictures it "
        "stands in several lines), and goes away by itself.",
        board_show.run,
    )
    show.add_argument("text", metavar="TEXT")
    show.add_argument(
        "--seconds",
        type=_number("--seconds", 1, board_show.LONGEST_SHOW_S),
        metavar="N",
        help=f"how long, 1 to {board_show.LONGEST_SHOW_S} "
        f"(default: {board_show.USUAL_SHOW_S}, or until all has passed)",
    )
    tool(
        "clock",
        "set the card's clock",
        "Sets it to the clock of this PC, as of Beijing.",
        run_clock,
    )
    power = tool("power", "switch the board on or off", "Switches the LEDs.", run_power)
    power.add_argument("state", choices=("on", "off"))
    brightness = tool(
        "brightness", "set the brightness", "Sets one level for the whole day.", run_brightness
    )
    brightness.add_argument(
        "level", type=_number("N", 0, 15), metavar="N", help="0 (dimmest) to 15"
    )
    tool(
        "clear",
        "take away what is shown",
        "Drops the message on air; the card falls back to its own stored program.",
        run_clear,
    )
    tool(
        "status",
        "on or off, brightness, clock",
        "Tells the card's state, and how far its clock is from this PC's.",
        run_status,
    )


def _where() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    which = parser.add_argument_group(
        "which board", "Either one of the settings, by name (default: the only one), or any port."
    )
    which.add_argument("--board", metavar="NAME", help="a board of the settings")
    which.add_argument(
        "--port", metavar="URL", help="device path, socket://host:port or rfc2217://host:port"
    )
    which.add_argument("--card", choices=sorted(CARDS), help="with --port: the control card")
    which.add_argument("--baud", type=int, choices=BAUDS, help="with --port (default: 57600)")
    which.add_argument(
        "--address",
        type=_number("--address", 1, 0xFFFD),
        metavar="N",
        help="with --port: the card's (default: 1)",
    )
    which.add_argument(
        "--size",
        type=size_of,
        metavar="WxH",
        help="with --port: in pixels (default: as the card tells)",
    )
    return parser


def _number(name: str, least: int, most: int) -> Any:
    def number(text: str) -> int:
        if text.isascii() and text.isdecimal() and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text}: {name} is a whole number, {least} to {most}")

    return number


def run_identify(args: argparse.Namespace) -> int:
    target = target_of(args)
    baud, identity = _search(target)
    print(f"card: {identity.model} at {baud} baud, address {target.address}")
    print(f"size: {identity.width}x{identity.height} pixels")
    differences = []
    if baud != target.baud and target.in_settings:
        differences.append(f"the settings say {target.baud} baud: set baud = {baud}")
    if differs(target, identity):
        differences.append(other_size(target, identity))
    for difference in differences:
        print(f"mingtang: {difference}", file=sys.stderr)
    return 1 if differences else 0


def _search(target: Target) -> tuple[int, Identity]:
    for baud in target.bauds:
        try:
            with connected(target, baud=baud) as board:
                return baud, board.identify()
        except NoReply:
            print(f"no answer at {baud} baud", file=sys.stderr, flush=True)
    raise Problem(no_answer(target, target.bauds))


def run_clock(args: argparse.Namespace) -> int:
    target = target_of(args)
    with connected(target) as board:
        before = board.status()
        local = _local_now()
        try:
            with noted(target, "clock"):
                board.set_clock(local)
        except ValueError as problem:
            raise Problem(f"this PC's clock says {local:%Y-%m-%d}: {problem}") from None
        after = board.status()
    print(f"before: {_clock_told(before, _local_now())}")
    print(f"now: {_clock_told(after, _local_now())}")
    if after.clock is None or abs(after.clock - _local_now()) > timedelta(seconds=5):
        raise Problem("the card took the clock but does not keep it: check its battery")
    return 0


def run_power(args: argparse.Namespace) -> int:
    target = target_of(args)
    with connected(target) as board, noted(target, f"power {args.state}"):
        board.power(on=args.state == "on")
    print(f"switched {args.state}")
    return 0


def run_brightness(args: argparse.Namespace) -> int:
    target = target_of(args)
    with connected(target) as board, noted(target, f"brightness {args.level}"):
        board.brightness(args.level)
    print(f"brightness {args.level} of 15")
    return 0


def run_clear(args: argparse.Namespace) -> int:
    target = target_of(args)
    with connected(target) as board, noted(target, "clear"):
        board.clear()
    print("cleared")
    return 0


def run_status(args: argparse.Namespace) -> int:
    with connected(target_of(args)) as board:
        status = board.status()
        local = _local_now()
    print(f"power: {'on' if status.on else 'off'}")
    print(f"brightness: {status.brightness} of 15")
    print(f"clock: {_clock_told(status, local)}")
    return 0


def _local_now() -> datetime:
    """The wall clock of Beijing by this PC, as a card keeps it: whole seconds, no zone."""
    return datetime.now(UTC).astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)


def _clock_told(status: Status, local: datetime) -> str:
    """The card's clock and its difference from `local`, the PC's."""
    if status.clock is None:
        return "never set; `mingtang board clock` sets it"
    ahead_s = (status.clock - local).total_seconds()
    if abs(ahead_s) <= 1:
        difference = "agrees with this PC"
    else:
        amount = timedelta(seconds=math.floor(abs(ahead_s)))
        difference = f"{amount} {'ahead of' if ahead_s > 0 else 'behind'} this PC"
    advice = "; `mingtang board clock` sets it" if abs(ahead_s) > TOLERATED_CLOCK_S else ""
    return f"{status.clock:%Y-%m-%d %H:%M:%S}, {difference}{advice}"
