"""`mingtang board identify|show|clock|power|brightness|clear|status`: a technician at a board."""

import argparse
import math
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from devices.catalogue import CARDS, speeds_of
from devices.errors import NoReply
from devices.led import gb2312
from devices.led.board import Identity, Message, Motion, Status, TextArea
from display.edition import SHANGHAI, cell_for
from display.glyphs import for_board
from display.timing import nearest_speed, pixels_per_second, readable_speeds, scroll_s
from kiosk.commands.board_connection import Target, connected, no_answer, target_of
from kiosk.commands.running import Problem, size_of

BAUDS = (2400, 4800, 9600, 19200, 57600, 115200)
USUAL_SHOW_S = 60
LONGEST_SHOW_S = 600
"""A technician's text goes away by itself."""
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
        "Shows TEXT, which scrolls if it is too wide to stand, and goes away by itself.",
        run_show,
    )
    show.add_argument("text", metavar="TEXT")
    show.add_argument(
        "--seconds",
        type=_number("--seconds", 1, LONGEST_SHOW_S),
        metavar="N",
        help=f"how long, 1 to {LONGEST_SHOW_S} (default: {USUAL_SHOW_S}, or until all has passed)",
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
    if _differs(target, identity):
        differences.append(_other_size(target, identity))
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


def _differs(target: Target, identity: Identity) -> bool:
    told = (identity.width, identity.height)
    return target.check_size and target.size is not None and target.size != told


def _other_size(target: Target, identity: Identity) -> str:
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


def run_show(args: argparse.Namespace) -> int:
    target = target_of(args)
    text = _showable(args.text)
    with connected(target) as board:
        identity = board.identify()
    if _differs(target, identity):
        raise Problem(_other_size(target, identity))
    target = replace(target, size=target.size or (identity.width, identity.height))
    message = _message(target, text, args.seconds)
    with connected(target) as board:
        try:
            board.show(message)
        except ValueError as problem:
            raise Problem(f"the board cannot show this: {problem}") from None
    area = message.areas[0]
    manner = (
        "standing"
        if area.motion is Motion.STATIC
        else f"scrolling at {area.pixels_per_second / area.font:.1f} characters/s"
    )
    print(f"on the board for {message.lifetime_s} s, {manner}")
    return 0


def _showable(text: str) -> str:
    """`text` in forms that the font has. Raises Problem with the characters that it lacks."""
    shown = for_board(text)
    if not shown.strip():
        raise Problem("the text is empty; `mingtang board clear` takes away what is shown")
    if lacking := gb2312.missing(shown):
        names = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in lacking)
        raise Problem(f"the card's font lacks {names}: say it with other characters")
    return shown


def _message(target: Target, text: str, seconds: int | None) -> Message:
    """The text as one area; it stays `seconds`, or long enough to be read once."""
    width, height = target.size or (0, 0)
    cell = cell_for(width, height)
    text_width = gb2312.cells(text) * cell // 2
    fits = text_width <= width
    speed, pass_s = 0.0, 0.0
    if not fits:
        try:
            readable = readable_speeds(target.speeds or speeds_of(target.card), cell)
        except ValueError as problem:
            raise Problem(f"the text does not fit and cannot scroll: {problem}") from None
        speed = nearest_speed(pixels_per_second(target.characters_per_second, cell), readable)
        pass_s = scroll_s(text_width, width, speed)
    area = TextArea(
        x=0,
        y=max(0, (height - cell) // 2),
        width=width,
        height=cell,
        text=text,
        font=cell,
        motion=Motion.STATIC if fits else Motion.LEFT,
        pixels_per_second=speed,
    )
    enough = min(LONGEST_SHOW_S, max(USUAL_SHOW_S, math.ceil(pass_s)))
    return Message((area,), seconds or enough)


def run_clock(args: argparse.Namespace) -> int:
    with connected(target_of(args)) as board:
        before = board.status()
        local = _local_now()
        try:
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
    with connected(target_of(args)) as board:
        board.power(on=args.state == "on")
    print(f"switched {args.state}")
    return 0


def run_brightness(args: argparse.Namespace) -> int:
    with connected(target_of(args)) as board:
        board.brightness(args.level)
    print(f"brightness {args.level} of 15")
    return 0


def run_clear(args: argparse.Namespace) -> int:
    with connected(target_of(args)) as board:
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
