"""`mingtang board calibrate`: measure how fast a board scrolls, with a technician's eyes."""

import argparse
import getpass
import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from devices.catalogue import card_named
from devices.led.board import Board, Message, Motion, TextArea
from display.calibration import LAST, Doubt, Procedure, Trial
from display.edition import cell_for
from display.evidence import Kind
from display.local_time import SHANGHAI
from display.timing import readable_speeds
from kiosk.commands.board_connection import connected, differs, other_size, target_in
from kiosk.commands.board_notes import noted
from kiosk.commands.display import board_named
from kiosk.commands.running import Problem, settings_of, terminal_store
from kiosk.settings import BoardSettings, Settings
from kiosk.store.calibration import Calibration
from kiosk.store.errors import StoreError
from kiosk.store.terminal import TerminalStore

OVERHEAD = 64
"""Bytes of a message besides its text, with some to spare."""
SPARE_S = 30
"""A text stays for three passes and this long, should the technician be called away."""
LONGEST_SHOW_S = 600
HELP = f"""\
Each text runs to the left and ends with {LAST}. Watch the left edge of the board.
  Enter       when {LAST} has just left, the first time
  r, Enter    show this text again
  b, Enter    measure the code before again
  s, Enter    stop, and keep what was measured
  Ctrl-C      stop, and keep nothing"""
REASONS = {
    Doubt.NOT_SLOWER: "that is not slower than the code before; once more (b: the code before, "
    "if its mark was late)",
    Doubt.TOO_SHORT: "that was too short to be exact; once more, with a longer text",
    Doubt.UNEXPECTED: "that is far from what was expected; once more, and if it says the same, "
    "it stands",
}

Ask = Callable[[], str]
Tell = Callable[[str], None]


def add(tools: Any, shared: argparse.ArgumentParser) -> None:
    parser = tools.add_parser(
        "calibrate",
        parents=[shared],
        help="measure how fast the card's speed codes scroll",
        description="Shows a text for each speed code of the card, the fastest first; you press "
        "Enter when it has left the board, about 10 s each. The speeds are kept with the board in "
        "the terminal's database, and `mingtang display` takes them with its next edition.",
        epilog="Exit 0: done. 1: not done, with the reason; nothing was kept. 2: wrong use.",
    )
    parser.add_argument("--board", metavar="NAME", help="which board (default: the only one)")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--show", action="store_true", help="print what was measured before")
    instead.add_argument("--forget", action="store_true", help="drop what was measured before")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args, "terminal", "boards")
    board = board_named(settings, args.board)
    if not card_named(board.card).speeds:
        raise Problem(f"board {board.name}: nothing moves on a {board.card} board")
    with TerminalStore(terminal_store(settings)) as store:
        if args.forget:
            return _forget(store, board)
        if args.show:
            return _show(store, board)
        speeds = _measured(settings, board)
        at = datetime.now(UTC)
        print(_table(board, speeds))
        try:
            store.keep_calibration(board.name, at, speeds)
            facts = {"action": "calibrate", "by": getpass.getuser()}
            store.record(board.name, at, Kind.TECHNICIAN, facts)
        except StoreError as problem:
            values = ", ".join(f"{speed:.2f}" for speed in speeds)
            raise Problem(
                f"{problem}; or write this into the settings: speeds = [{values}]"
            ) from None
    print("kept; `mingtang display` takes it with the next edition: tomorrow's, or today's made")
    print("anew by `mingtang board recompose`; until then its pages keep their times from before")
    _warn_of_settings(board)
    return 0


def _forget(store: TerminalStore, board: BoardSettings) -> int:
    if not store.forget_calibration(board.name):
        raise Problem(f"board {board.name} has not been calibrated")
    print("forgotten; with its next edition, or after `mingtang board recompose`, `mingtang")
    print("display` goes back to what it assumes of the card")
    _warn_of_settings(board)
    return 0


def _show(store: TerminalStore, board: BoardSettings) -> int:
    kept = store.calibration(board.name)
    if kept is None:
        raise Problem(f"board {board.name} has not been calibrated: leave out --show to do it")
    print(_told(kept, datetime.now(UTC)))
    print(_table(board, kept.speeds))
    _warn_of_settings(board)
    return 0


def _told(kept: Calibration, now: datetime) -> str:
    age = now - kept.measured_at
    if age < timedelta():
        past = "later than this PC's clock"
    elif age < timedelta(hours=1):
        past = f"{age // timedelta(minutes=1)} min ago"
    elif age < timedelta(days=2):
        past = f"{age // timedelta(hours=1)} h ago"
    else:
        past = f"{age.days} days ago"
    local = kept.measured_at.astimezone(SHANGHAI)
    return f"board {kept.board}, measured {local:%Y-%m-%d %H:%M}, {past}"


def _warn_of_settings(board: BoardSettings) -> None:
    if board.speeds:
        print(f"the settings have speeds for board {board.name}, which stand above it")


def _table(board: BoardSettings, speeds: tuple[float, ...]) -> str:
    """The speeds by code, each with its change against what is assumed of the card."""
    cell = cell_for(board.width, board.height)
    lines = ["code  pixels/s  characters/s  assumed  change"]
    for code, (speed, assumed) in enumerate(
        zip(speeds, card_named(board.card).speeds, strict=False)
    ):
        change = 100 * (speed / assumed - 1)
        lines.append(
            f"{code:4}  {speed:8.1f}  {speed / cell:12.2f}  {assumed:7.1f}  {change:+4.0f} %"
        )
    readable = readable_speeds(speeds, cell)
    first, last = speeds.index(readable[0]), speeds.index(readable[-1])
    codes = f"code {first}" if first == last else f"codes {first} to {last}"
    return "\n".join([*lines, f"people can read {codes}"])


def _measured(settings: Settings, board: BoardSettings) -> tuple[float, ...]:
    """Go through the codes at the board; raises Problem if nothing is to be kept."""
    # The driver's own table is left as assumed: its values name the codes one by one.
    target = replace(target_in(settings, board), speeds=())
    procedure = Procedure(
        assumed=card_named(board.card).speeds,
        board_width=board.width,
        cell=cell_for(board.width, board.height),
        longest_text=(board.receive_buffer - OVERHEAD) // 2,
    )
    with connected(target) as opened:
        identity = opened.identify()
        if differs(target, identity):
            raise Problem(other_size(target, identity))
        if not opened.status().on:
            raise Problem("the board is switched off: `mingtang board power on` first")
        print(HELP, flush=True)
        try:
            with noted(target, "show texts to calibrate"):
                done = measure(opened, procedure, height=board.height, ask=input, tell=_say)
        except (KeyboardInterrupt, EOFError):
            opened.clear()
            raise Problem("stopped: nothing was kept, the board is cleared") from None
        opened.clear()
    if not done.usable:
        told = ", ".join(f"{speed:.1f}" for speed in done.measured)
        raise Problem(
            f"people can read none of the speeds that were measured ({told} pixels/s): nothing "
            "was kept; another size of characters or another card is needed"
        )
    return done.measured


def _say(line: str) -> None:
    print(line, flush=True)


def measure(
    board: Board,
    procedure: Procedure,
    *,
    height: int,
    ask: Ask,
    tell: Tell,
    clock: Callable[[], float] = time.monotonic,
) -> Procedure:
    """Show, ask, reckon, until the procedure is finished or the technician stops.

    `height` of the board, in pixels; `ask` returns the line that the technician ended with
    Enter. The board must take `Procedure.assumed` as its speeds. What the board raises passes.
    """
    while not procedure.finished:
        trial = procedure.trial()
        tell(f"code {trial.code}: {LAST} leaves in about {trial.expected_s:.0f} s")
        message = _message(trial, procedure, height)
        board.show(message)
        start = clock()
        answer = ask().strip().lower()
        elapsed_s = clock() - start
        match answer:
            case "r":
                pass
            case "b":
                procedure = procedure.back()
            case "s" if procedure.usable:
                return procedure
            case "s":
                tell("people can read none of the speeds so far: go on, or Ctrl-C to keep nothing")
            case "" if elapsed_s >= message.lifetime_s:
                tell(f"the text was taken away after {message.lifetime_s} s; once more")
            case "":
                procedure = _marked(procedure, trial, elapsed_s, tell)
            case _:
                tell("Enter, r, b or s; once more")
    return procedure


def _marked(procedure: Procedure, trial: Trial, elapsed_s: float, tell: Tell) -> Procedure:
    after, doubt = procedure.mark(elapsed_s)
    speed = trial.distance / elapsed_s
    tell(
        f"code {trial.code}: {speed:.1f} pixels/s, {speed / procedure.cell:.2f} characters/s, "
        f"within {procedure.error(elapsed_s):.0%}"
    )
    if doubt is not None:
        tell(REASONS[doubt])
    return after


def _message(trial: Trial, procedure: Procedure, height: int) -> Message:
    area = TextArea(
        x=0,
        y=max(0, (height - procedure.cell) // 2),
        width=trial.area_width,
        height=procedure.cell,
        text=trial.text,
        font=procedure.cell,
        motion=Motion.LEFT,
        pixels_per_second=procedure.assumed[trial.code],
    )
    return Message((area,), min(LONGEST_SHOW_S, math.ceil(3 * trial.expected_s) + SPARE_S))
