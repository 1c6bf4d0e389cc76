"""IPP requests and replies as bytes: RFC 8010, section 3 (pure).

================== ======================================================
version            2 bytes, major and minor
operation, status  2 bytes: the operation asked for, or how it went
request id         4 bytes, the same in request and reply
groups             each a delimiter tag (00-05), then its attributes
end                03
data               the document, to the end of the message
================== ======================================================

An attribute is one or more values, each a value tag, the length of the name, the name, the
length of the value, the value; values after the first have an empty name. All numbers are
big-endian, lengths are signed and never negative.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from devices.errors import Garbled

_HEAD = Struct(">BBHI")
_LENGTH = Struct(">h")
_INTEGER = Struct(">i")
_END = 0x03
_FIRST_VALUE_TAG = 0x10
MAX_LENGTH = 0x7FFF
"""Of a name or a value, in bytes."""
LONGEST_SHOWN = 12
"""Values of one attribute in a trace."""


class GroupTag(IntEnum):
    """Delimiter tags of attribute groups: RFC 8010, section 3.5.1."""

    OPERATION = 0x01
    JOB = 0x02
    PRINTER = 0x04
    UNSUPPORTED = 0x05


class Tag(IntEnum):
    """Value tags: RFC 8010, section 3.5.2."""

    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER_NAME = 0x4A


_WORDS = frozenset(
    {Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.CHARSET, Tag.LANGUAGE, Tag.MIME_TYPE}
)
_WITH_LANGUAGE = frozenset({Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE})


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it is on the wire."""

    tag: int
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name and its values.

    The members of a collection (RFC 8010, section 3.1.6) stay in a flat row between
    BEGIN_COLLECTION and END_COLLECTION, so nesting cannot exhaust anything; `integers`,
    `booleans` and `words` pass over them.
    """

    name: str
    values: tuple[Value, ...]

    def integers(self) -> tuple[int, ...]:
        """Values of type integer or enum. Raises Garbled for one of a wrong length."""
        return tuple(
            _unpack(value.content, self.name)
            for value in self._own()
            if value.tag in (Tag.INTEGER, Tag.ENUM)
        )

    def booleans(self) -> tuple[bool, ...]:
        """Values of type boolean."""
        return tuple(value.content != b"\x00" for value in self._own() if value.tag == Tag.BOOLEAN)

    def words(self) -> tuple[str, ...]:
        """Keywords, names, texts, addresses and media types; bad UTF-8 becomes U+FFFD."""
        return tuple(
            _text(value).decode("utf-8", "replace")
            for value in self._own()
            if value.tag in _WORDS or value.tag in _WITH_LANGUAGE
        )

    def _own(self) -> Iterator[Value]:
        depth = 0
        for value in self.values:
            depth += (value.tag == Tag.BEGIN_COLLECTION) - (value.tag == Tag.END_COLLECTION)
            if depth <= 0:
                yield value

    def __str__(self) -> str:
        shown = " ".join(value.content.hex() for value in self.values[:LONGEST_SHOWN])
        with suppress(Garbled):
            known = (*self.integers(), *self.booleans(), *self.words())
            shown = ",".join(map(str, known[:LONGEST_SHOWN])) or shown
        more = "…" if len(self.values) > LONGEST_SHOWN else ""
        return f"{self.name}={shown}{more}"


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes of one thing: the operation, a job, the printer."""

    tag: int
    attributes: tuple[Attribute, ...]

    def find(self, name: str) -> Attribute:
        """The attribute of this name; one without values if it is not there."""
        return next((each for each in self.attributes if each.name == name), Attribute(name, ()))


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a reply; `code` is the operation or the status."""

    code: int
    request_id: int
    groups: tuple[Group, ...]
    data: bytes = b""
    version: tuple[int, int] = (1, 1)

    def to_bytes(self) -> bytes:
        """As it goes on the wire. Raises ValueError for what does not fit."""
        if not 0 < self.request_id <= 0x7FFFFFFF:
            raise ValueError("request_id: 1 to 2147483647")
        parts = [_HEAD.pack(*self.version, self.code, self.request_id)]
        for group in self.groups:
            parts.append(bytes([group.tag]))
            for attribute in group.attributes:
                if not attribute.values:
                    raise ValueError(f"{attribute.name}: an attribute needs a value")
                name = attribute.name.encode()
                for value in attribute.values:
                    parts += [bytes([value.tag]), _sized(name), _sized(value.content)]
                    name = b""
        return b"".join([*parts, bytes([_END]), self.data])

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Message":
        """Read a message. Raises Garbled."""
        if len(raw) < _HEAD.size:
            raise Garbled(f"an IPP message of {len(raw)} bytes", raw)
        major, minor, code, request_id = _HEAD.unpack_from(raw)
        if major not in (1, 2):
            raise Garbled(f"IPP version {major}.{minor}", raw)
        groups, data = _groups(raw, _HEAD.size)
        return cls(code, request_id, groups, data, (major, minor))

    def groups_of(self, tag: GroupTag) -> tuple[Group, ...]:
        """All groups of a kind, in their order: one for each job in a list of jobs."""
        return tuple(group for group in self.groups if group.tag == tag)

    def __str__(self) -> str:
        said = "; ".join(
            f"{group.tag:02x}: " + " ".join(map(str, group.attributes)) for group in self.groups
        )
        data = f" +{len(self.data)} bytes" if self.data else ""
        return f"IPP {self.code:04x} #{self.request_id} {said}{data}"


def integer(name: str, value: int, tag: Tag = Tag.INTEGER) -> Attribute:
    """A number of 32 bits, signed."""
    return Attribute(name, (Value(tag, _INTEGER.pack(value)),))


def boolean(name: str, value: bool) -> Attribute:
    return Attribute(name, (Value(Tag.BOOLEAN, bytes([value])),))


def text(tag: Tag, name: str, *values: str) -> Attribute:
    """Keywords, names, addresses or media types."""
    return Attribute(name, tuple(Value(tag, value.encode()) for value in values))


def _groups(raw: bytes, at: int) -> tuple[tuple[Group, ...], bytes]:
    """The groups from `at` to the end tag, and what follows it."""
    groups: list[tuple[int, list[tuple[str, list[Value]]]]] = []
    while True:
        tag = _byte(raw, at)
        at += 1
        if tag == _END:
            found = tuple(
                Group(tag, tuple(Attribute(name, tuple(values)) for name, values in attributes))
                for tag, attributes in groups
            )
            return found, raw[at:]
        if tag < _FIRST_VALUE_TAG:
            groups.append((tag, []))
            continue
        name, at = _take(raw, at)
        content, at = _take(raw, at)
        if not groups:
            raise Garbled("an attribute before any group", raw)
        attributes = groups[-1][1]
        if name:
            attributes.append((name.decode("utf-8", "replace"), []))
        elif not attributes:
            raise Garbled("a further value before any attribute", raw)
        attributes[-1][1].append(Value(tag, content))


def _byte(raw: bytes, at: int) -> int:
    if at >= len(raw):
        raise Garbled("an IPP message without an end", raw)
    return raw[at]


def _take(raw: bytes, at: int) -> tuple[bytes, int]:
    if at + _LENGTH.size > len(raw):
        raise Garbled("an IPP message cut off in a length", raw)
    (length,) = _LENGTH.unpack_from(raw, at)
    at += _LENGTH.size
    if length < 0 or at + length > len(raw):
        raise Garbled(f"a length of {length} with {len(raw) - at} bytes left", raw)
    return raw[at : at + length], at + length


def _sized(content: bytes) -> bytes:
    if len(content) > MAX_LENGTH:
        raise ValueError(f"{len(content)} bytes; names and values have at most {MAX_LENGTH}")
    return _LENGTH.pack(len(content)) + content


def _unpack(content: bytes, name: str) -> int:
    if len(content) != _INTEGER.size:
        raise Garbled(f"{name}: a number of {len(content)} bytes", content)
    (value,) = _INTEGER.unpack(content)
    return int(value)


def _text(value: Value) -> bytes:
    """The words of a text, without the language before them: RFC 8010, section 3.9."""
    if value.tag not in _WITH_LANGUAGE:
        return value.content
    _, at = _take(value.content, 0)
    return _take(value.content, at)[0]
