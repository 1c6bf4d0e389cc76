"""Reading records out of files: JSON lines as a stream, JSON documents as a whole."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

MAX_LINE_BYTES = 16 * 1024 * 1024
"""The longest body seen was 330 KB; a longer line is not a notice."""

MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
"""A JSON document is held in memory; more has to come as JSON lines."""

MAX_DEPTH = 60
"""Objects and lists inside one another; a release of the Open Contracting standard needs 8."""

_LINES = frozenset({".ndjson", ".jsonl", ".jsonlines"})
_AMBIGUOUS = "a field stands twice in one object; write each field once"


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON value of a file."""

    line: int
    """From 1; the line on which it begins, or 1 for a part of a JSON document."""
    item: str
    """Which part of the line's value, such as ``releases[3]``; empty for all of it."""
    value: object
    envelope: dict[str, object] | None = None
    """What surrounds the part."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place in a file that holds no record."""

    line: int
    reason: str
    item: str = ""
    """Which part of the line's value; empty for all of it."""


class _Ambiguous(dict[str, object]):
    """An object in which a name stands twice: no reader can know which value is meant."""


def read_records(path: Path) -> Iterator[Record | Unreadable]:
    """Read a file of JSON lines or one JSON document. Raises OSError."""
    with path.open("rb") as file:
        if path.suffix.lower() not in _LINES and not _begins_with_a_whole_value(file):
            yield from _document(file)
        else:
            yield from _lines(file)


def _begins_with_a_whole_value(file: BinaryIO) -> bool:
    line = b""
    while not line.strip():
        line = file.readline(MAX_LINE_BYTES)
        if not line:
            break
    file.seek(0)
    try:
        return isinstance(_decode(line), dict)
    except ValueError:
        return False


def _document(file: BinaryIO) -> Iterator[Record | Unreadable]:
    data = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        yield Unreadable(1, "the JSON document is too large; write it as JSON lines")
        return
    try:
        value = _decode(data)
    except ValueError as problem:
        yield Unreadable(getattr(problem, "lineno", 1), _why(problem))
        return
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from _parts(1, f"[{number}]", part)
    else:
        yield from _parts(1, "", value)


def _lines(file: BinaryIO) -> Iterator[Record | Unreadable]:
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)
            yield Unreadable(number, "the line is too long for a notice")
            continue
        if not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        try:
            value = _decode(line)
        except ValueError as problem:
            yield Unreadable(number, _why(problem))
            continue
        yield from _parts(number, "", value)


def _parts(line: int, item: str, value: object) -> Iterator[Record | Unreadable]:
    """Take a release package apart (OCDS 1.1, release package)."""
    if not isinstance(value, dict) or not isinstance(value.get("releases"), list):
        yield _sound(Record(line, item, value))
        return
    envelope = {name: part for name, part in value.items() if name != "releases"}
    fault = _fault(envelope) if not isinstance(value, _Ambiguous) else _AMBIGUOUS
    if fault:
        yield Unreadable(line, fault, item)
        return
    for number, release in enumerate(value["releases"]):
        yield _sound(Record(line, f"{item}releases[{number}]", release, envelope))


def _sound(record: Record) -> Record | Unreadable:
    fault = _fault(record.value)
    return Unreadable(record.line, fault, record.item) if fault else record


def _fault(value: object) -> str:
    """Say what keeps a value from being read with certainty; empty: nothing does."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(isinstance(part, _Ambiguous) for part in level):
            return _AMBIGUOUS
        level = [inner for part in level for inner in _inner(part)]
        if not level:
            return ""
    return "is nested too deeply for a notice"


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _decode(data: bytes) -> object:
    text = data.decode("utf-8-sig")
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_float=_number, parse_constant=Decimal
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Ambiguous(found)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("holds a number beyond all bounds") from None


def _why(problem: ValueError) -> str:
    """Say what is wrong without a word of the text."""
    if isinstance(problem, UnicodeDecodeError):
        return f"is not UTF-8 (byte {problem.start + 1}); save the file as UTF-8"
    if isinstance(problem, json.JSONDecodeError):
        return f"is not JSON ({problem.msg.rstrip(':')}, column {problem.colno})"
    return "is not JSON that can be read"
