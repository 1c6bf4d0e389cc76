"""Captured bytes of a line, as people have them: binary, hex text, pyserial's hex tape (pure)."""

import json
import re
from typing import Literal

Direction = Literal["TX", "RX"]
"""As seen from the computer: TX to the card, RX from it."""

Piece = tuple[Direction | None, bytes]
"""Bytes in the order of the capture; None: the capture does not tell the direction."""

_SENT: dict[str, Direction] = {"in": "TX", "out": "RX"}
"""Of the board's log, which tells directions as seen from the card."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TAPE_LINE = re.compile(r"\d{6,}\.\d{3} (\S+) *(.*)")
_TAPE_ROW = re.compile(r"[0-9A-F]{4,}  (.*)")
_TAPE_HEX_WIDTH = 16 * 3 + 1
"""Sixteen bytes with a space each and one more after the eighth; then come the characters."""
_HEX_LINE = re.compile(r"(?:0[xX])?[0-9A-Fa-f\s,;:]*")


def read_capture(data: bytes) -> list[Piece]:
    """The bytes in a capture file, adjacent ones of one direction joined.

    Understands the virtual board's log, pyserial's ``spy://`` tape, hex text (with or without
    spaces, commas, 0x; ``#`` begins a comment), and takes anything else as the bytes
    themselves. Raises ValueError that names the line if a text breaks off its form.
    """
    try:
        lines = _COLOUR.sub("", data.decode("ascii")).splitlines()
    except UnicodeDecodeError:
        lines = _text_lines(data)
    told = [line for line in lines if line.split("#", 1)[0].strip()]
    if told and told[0].startswith("{"):
        return _joined(_board_log(lines))
    if told and _TAPE_LINE.fullmatch(told[0]):
        return _joined(_tape(lines))
    if told and _is_hex(told[0]):
        return _joined([(None, _hex(lines))])
    return [(None, data)] if data else []


def _board_log(lines: list[str]) -> list[Piece]:
    """JSON lines with `direction` ("in": to the card) and `hex`."""
    pieces: list[Piece] = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            pieces.append((_SENT[record["direction"]], bytes.fromhex(record["hex"])))
        except (ValueError, KeyError, TypeError) as problem:
            raise ValueError(f"line {number}: not a line of a virtual board's log") from problem
    return pieces


def _text_lines(data: bytes) -> list[str]:
    """Lines of a hex text whose comments are not ASCII; none if it is no text at all."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return []
    return text.splitlines()


def _is_hex(line: str) -> bool:
    content = line.split("#", 1)[0].replace("0x", " ").replace("0X", " ")
    return bool(_HEX_LINE.fullmatch(content)) and any(c.isalnum() for c in content)


def _hex(lines: list[str]) -> bytes:
    digits: list[str] = []
    for number, line in enumerate(lines, 1):
        content = re.sub(r"0[xX]", " ", line.split("#", 1)[0])
        words = re.split(r"[\s,;:]+", content.strip())
        for word in words:
            if not re.fullmatch(r"[0-9A-Fa-f]*", word):
                raise ValueError(f"line {number}: {word!r} is not hexadecimal")
            digits.append(word.zfill(2) if len(word) == 1 else word)
    joined = "".join(digits)
    if len(joined) % 2:
        raise ValueError("the hex text has an odd number of digits")
    return bytes.fromhex(joined)


def _tape(lines: list[str]) -> list[Piece]:
    pieces: list[Piece] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _TAPE_LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"line {number}: not a line of a spy:// tape")
        label, rest = found.groups()
        if label not in ("TX", "RX"):
            continue
        row = _TAPE_ROW.fullmatch(rest)
        if row is None:
            if rest.strip() == "<empty>":
                continue
            raise ValueError(f"line {number}: no bytes after {label}")
        try:
            content = bytes.fromhex(row.group(1)[:_TAPE_HEX_WIDTH])
        except ValueError:
            raise ValueError(f"line {number}: the bytes are not hexadecimal") from None
        pieces.append(("TX" if label == "TX" else "RX", content))
    return pieces


def _joined(pieces: list[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for direction, content in pieces:
        if out and out[-1][0] == direction:
            out[-1] = (direction, out[-1][1] + content)
        elif content:
            out.append((direction, content))
    return out
