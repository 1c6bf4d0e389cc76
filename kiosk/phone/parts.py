"""Files in a body of multipart/form-data, as a stream: RFC 7578 (pure)."""

from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MAX_HEADERS = 8
MAX_HEADER = 4096
"""Bytes of one header; a name has at most 255, written in up to three bytes each."""


class BadBody(Exception):
    """The body is not what a browser sends: refuse the request."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A file begins."""

    name: bytes = field(repr=False)
    """As the phone gave it."""


@dataclass(frozen=True, slots=True)
class Data:
    """More bytes of the file that began last."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """The file that began last is complete."""


Event = Begin | Data | End


class Parts:
    """Bytes in, events out; other fields than files are skipped."""

    def __init__(self, content_type: str) -> None:
        """Raises BadBody for any type but multipart/form-data."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise BadBody("no multipart/form-data")
        self._events: list[Event] = []
        self._headers: list[tuple[bytes, bytes]] = []
        self._name, self._value = b"", b""
        self._in_file = False
        self.complete = False
        """Whether the last boundary was seen."""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_name,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._end,
                    "on_end": self._all,
                },
                max_header_count=MAX_HEADERS,
                max_header_size=MAX_HEADER,
            )
        except FormParserError as problem:
            raise BadBody(type(problem).__name__) from None

    def feed(self, data: bytes) -> list[Event]:
        """What these bytes bring. Raises BadBody."""
        try:
            self._parser.write(data)
        except FormParserError as problem:
            raise BadBody(type(problem).__name__) from None
        events, self._events = self._events, []
        return events

    def _begin(self) -> None:
        self._headers.clear()
        self._in_file = False

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers.append((self._name.lower(), self._value))
        self._name, self._value = b"", b""

    def _headers_end(self) -> None:
        found = dict(self._headers).get(b"content-disposition", b"")
        _, options = parse_options_header(found.decode("latin-1"))
        name = options.get(b"filename", b"")
        # A field that was left empty is sent as a file without a name.
        if name:
            self._in_file = True
            self._events.append(Begin(_unescaped(name)))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._events.append(Data(data[start:end]))

    def _end(self) -> None:
        if self._in_file:
            self._events.append(End())
        self._in_file = False

    def _all(self) -> None:
        self.complete = True


def _unescaped(name: bytes) -> bytes:
    """Browsers write quotes and line ends, and only those, as %22, %0D and %0A (WHATWG, HTML)."""
    for escaped in (b"%22", b"%0D", b"%0A"):
        name = name.replace(escaped, unquote_to_bytes(escaped))
    return name
