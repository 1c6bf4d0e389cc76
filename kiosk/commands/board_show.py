"""`mingtang board show`: a technician's own text on a board, for a while."""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import replace

from devices.catalogue import Card, card_named
from devices.led import gb2312
from devices.led.board import Message, Motion, TextArea
from devices.led.characters import readable
from devices.led.fonts import FontMissing
from display import raster
from display.edition import cell_for
from display.glyphs import for_board
from display.timing import nearest_speed, pixels_per_second, readable_speeds, scroll_s
from kiosk.commands.board_connection import (
    Target,
    connected,
    differs,
    other_size,
    speeds_of_target,
    target_of,
)
from kiosk.commands.board_notes import noted
from kiosk.commands.running import Problem
from kiosk.store.errors import StoreError

USUAL_SHOW_S = 60
LONGEST_SHOW_S = 600
"""A technician's text goes away by itself."""
CELLS = (32, 24, 16)


def run(args: argparse.Namespace) -> int:
    target = target_of(args)
    card = card_named(target.card)
    text = _showable(args.text, card)
    with connected(target) as board:
        identity = board.identify()
    if differs(target, identity):
        raise Problem(other_size(target, identity))
    target = replace(
        target,
        size=target.size or (identity.width, identity.height),
        speeds=_speeds(target),
    )
    message = _coded(target, text) if card.coded_text else _drawn(target, text)
    if args.seconds:
        message = replace(message, lifetime_s=args.seconds)
    with connected(target) as board:
        try:
            with noted(target, "show", text=text, seconds=message.lifetime_s):
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


def _speeds(target: Target) -> tuple[float, ...]:
    """Those in force; a database that cannot be read does not keep a technician from showing."""
    try:
        return speeds_of_target(target)
    except StoreError as problem:
        print(f"mingtang: {problem}; without the calibration", file=sys.stderr)
        return target.speeds or card_named(target.card).speeds


def _showable(text: str, card: Card) -> str:
    """`text` in forms that the font has. Raises Problem with the characters that it lacks."""
    shown = for_board(text)
    if not shown.strip():
        raise Problem("the text is empty; `mingtang board clear` takes away what is shown")
    if card.coded_text:
        whose, lacking = "the card's font lacks", gb2312.missing(shown)
    else:
        whose, lacking = "no font of this system has", _undrawable(shown)
    if lacking:
        names = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in lacking)
        raise Problem(f"{whose} {names}: say it with other characters")
    return shown


def _undrawable(text: str) -> str:
    try:
        return raster.missing(text, glyphs=readable().rows)
    except FontMissing as problem:
        raise Problem(str(problem)) from None


def _coded(target: Target, text: str) -> Message:
    """The text as one area, long enough to be read once; it scrolls if it cannot stand."""
    width, height = target.size or (0, 0)
    cell = cell_for(width, height)
    text_width = gb2312.cells(text) * cell // 2
    fits = text_width <= width
    speed, pass_s = 0.0, 0.0
    if not fits:
        try:
            speeds = readable_speeds(target.speeds, cell)
        except ValueError as problem:
            raise Problem(f"the text does not fit and cannot scroll: {problem}") from None
        speed = nearest_speed(pixels_per_second(target.characters_per_second, cell), speeds)
        pass_s = scroll_s(text_width, width, speed)
    area = _line(text, width, max(0, (height - cell) // 2), cell)
    if not fits:
        area = replace(area, motion=Motion.LEFT, pixels_per_second=speed)
    return Message((area,), min(LONGEST_SHOW_S, max(USUAL_SHOW_S, math.ceil(pass_s))))


def _drawn(target: Target, text: str) -> Message:
    """The text as pixels, standing, in as many lines and as large as the board has room for."""
    width, height = target.size or (0, 0)
    largest = cell_for(width, height)
    for cell in (size for size in CELLS if size <= largest):
        lines = list(_broken(text, width // (cell // 2)))
        top = (height - len(lines) * cell) // 2
        if top < 0:
            continue
        areas = tuple(
            _line(line, width, top + number * cell, cell) for number, line in enumerate(lines)
        )
        picture = raster.draw(
            areas, width=width, height=height, elapsed_s=0.0, local=None, glyphs=readable().rows
        )
        return Message(areas, USUAL_SHOW_S, picture)
    room = (width // CELLS[-1]) * (height // CELLS[-1])
    raise Problem(f"nothing scrolls on this board, and it has room for {room} characters alone")


def _line(text: str, width: int, y: int, cell: int) -> TextArea:
    return TextArea(x=0, y=y, width=width, height=cell, text=text, font=cell)


def _broken(text: str, half_cells: int) -> Iterator[str]:
    """`text` in lines of at most so many half cells."""
    line, used = "", 0
    for character in text:
        width = gb2312.cells(character)
        if used + width > half_cells:
            yield line
            line, used = "", 0
        line, used = line + character, used + width
    yield line
