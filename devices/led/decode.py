"""Explains a capture of a BX-K line frame by frame, with the driver's own codec (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, time
from enum import Enum
from typing import Any

from devices.errors import Garbled
from devices.led import gb2312
from devices.led.bx_k_commands import Malformed, OtherRequest, Request
from devices.led.bx_k_frames import COMPUTER, Deframer, Frame
from devices.led.bx_k_parsing import parse_reply, parse_request
from devices.led.bx_k_replies import Nack, OtherReply, Reply, meaning
from devices.led.captures import Direction, Piece, read_capture

__all__ = ["Explained", "as_text", "explain", "read_capture"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One frame of a capture, or what stood there instead."""

    offset: int
    """Of the first byte, counted over all bytes of the capture, both directions."""
    direction: Direction | None
    valid: bool
    hex: str
    reason: str = ""
    """Why it is not valid."""
    name: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


def explain(data: bytes) -> list[Explained]:
    """Everything in a capture file, in order. Raises ValueError as `read_capture` does."""
    pieces = read_capture(data)
    found = [
        explained
        for direction in dict.fromkeys(direction for direction, _ in pieces)
        for explained in _explain_direction(pieces, direction)
    ]
    return sorted(found, key=lambda explained: explained.offset)


def as_text(explained: list[Explained]) -> str:
    """For a person to read: a line for each frame, its fields and bytes below."""
    out = []
    for item in explained:
        verdict = "valid  " if item.valid else "INVALID"
        title = item.name if item.valid else f"{item.name}: {item.reason}".lstrip(": ")
        out.append(f"{item.offset:08X} {item.direction or '--'} {verdict} {title}")
        out.extend(_field_lines(item.fields, "    "))
        out.append(f"    {item.hex}")
    return "\n".join(out) + "\n" if out else "no bytes\n"


def _field_lines(values: dict[str, Any], indent: str) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number, entry in enumerate(value):
                yield f"{indent}{name}[{number}]"
                yield from _field_lines(entry, indent + "    ")
        else:
            yield f"{indent}{name}: {value}"


def _explain_direction(pieces: list[Piece], direction: Direction | None) -> Iterator[Explained]:
    stream = bytearray()
    starts: list[tuple[int, int]] = []
    total = 0
    for piece_direction, content in pieces:
        if piece_direction == direction:
            starts.append((len(stream), total))
            stream += content
        total += len(content)
    deframer = Deframer()
    position = 0
    for found in deframer.feed(bytes(stream)) + deframer.finish():
        raw = found.raw if isinstance(found, Garbled) else found.to_bytes()
        local, whole = max(start for start in starts if start[0] <= position)
        yield _explain_one(found, raw, whole + position - local, direction)
        position += len(raw)


def _explain_one(
    found: Frame | Garbled, raw: bytes, offset: int, direction: Direction | None
) -> Explained:
    shown = raw.hex(" ").upper()
    if isinstance(found, Garbled):
        return Explained(offset, direction, False, shown, reason=found.reason)
    is_reply = found.destination == COMPUTER
    header: dict[str, Any] = {
        "from": f"{found.source:04X}",
        "to": f"{found.destination:04X}",
        "device type": f"{found.device_type:02X}",
    }
    content: Request | Reply
    try:
        content = parse_reply(found.data) if is_reply else parse_request(found.data)
    except Malformed as problem:
        code = found.data[:2].hex(" ").upper()
        return Explained(offset, direction, False, shown, str(problem), code, header)
    return Explained(offset, direction, True, shown, "", _name(content), header | _fields(content))


def _name(content: Request | Reply) -> str:
    if isinstance(content, OtherRequest):
        return f"{content.name} request {content.group:02X} {content.command:02X}"
    if isinstance(content, OtherReply):
        return f"unknown reply {content.group:02X} {content.command:02X}"
    return content.NAME


def _fields(content: Request | Reply) -> dict[str, Any]:
    values = {item.name: _plain(getattr(content, item.name)) for item in fields(content)}
    for name in ("group", "command"):
        values.pop(name, None)
    if isinstance(content, Reply):
        error = values.pop("error")
        if error or isinstance(content, Nack):
            values["error"] = f"{error}: {meaning(error)}"
    return values


def _plain(value: Any) -> Any:
    """A field as JSON could hold it; the bytes of texts as characters, others as hex."""
    if isinstance(value, Enum):
        return value.name.lower().replace("_", " ")
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: gb2312.decode(getattr(value, item.name))
            if item.name == "text"
            else _plain(getattr(value, item.name))
            for item in fields(value)
        }
    if isinstance(value, bytes):
        return value.hex(" ").upper()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return value
