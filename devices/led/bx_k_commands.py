"""Requests to BX-K cards (pure). Source: vendor document "BX-K protocol" v1.4.

Layout of a request's data::

    u8          group
    u8          command
    u8          reply wanted: 01 yes, 02 no
    2 bytes     reserved; in A3 06 the first is the process mode
    n bytes     payload

Nothing here was tried on a physical card.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import ClassVar, Self

from devices.led.board import DailyTimer

REPLY_WANTED = 0x01
NO_REPLY = 0x02

ERASES_FONTS = (0xA1, 0x00)
"""A1 00 also erases the fonts: never send it. It is recognised, and cannot be built."""

CODE_NAMES = {
    (0xA1, 0x00): "format (erases fonts)",
    (0xA1, 0x01): "delete programs",
}
"""Documented requests that this driver never makes; a capture may hold them."""


class Malformed(ValueError):
    """A frame with a valid CRC whose data does not fit the layout of its command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What all requests share."""

    GROUP: ClassVar[int]
    COMMAND: ClassVar[int]
    NAME: ClassVar[str]

    reply_wanted: bool = True
    reserved: bytes = bytes(2)

    def payload(self) -> bytes:
        return b""

    def to_bytes(self) -> bytes:
        """The data of the request's frame. Raises ValueError for A1 00."""
        return build(self.GROUP, self.COMMAND, self.payload(), self.reply_wanted, self.reserved)

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        """Raises Malformed."""
        expect_length(cls.NAME, payload, 0)
        return cls(reply_wanted=reply_wanted, reserved=reserved)


def build(group: int, command: int, payload: bytes, reply_wanted: bool, reserved: bytes) -> bytes:
    """The data of a request. Raises ValueError for A1 00, which would erase the card's fonts."""
    if (group, command) == ERASES_FONTS:
        raise ValueError("A1 00 erases the card's fonts and is never sent")
    if len(reserved) != 2:
        raise ValueError("reserved: exactly 2 bytes")
    wanted = REPLY_WANTED if reply_wanted else NO_REPLY
    return bytes((group, command, wanted)) + reserved + payload


def expect_length(name: str, payload: bytes, *lengths: int) -> None:
    """Raises Malformed unless the payload has one of the lengths."""
    if len(payload) not in lengths:
        expected = " or ".join(str(length) for length in lengths)
        raise Malformed(f"{name}: payload of {len(payload)} bytes, expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Request):
    """A2 00. The card answers with an ACK."""

    GROUP = 0xA2
    COMMAND = 0x00
    NAME = "ping"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatus(Request):
    """A1 02. Answered by `bx_k_replies.StatusReply`."""

    GROUP = 0xA1
    COMMAND = 0x02
    NAME = "read status"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadParameters(Request):
    """A2 0A: width, height, colour, baud. Answered by `bx_k_replies.ParametersReply`."""

    GROUP = 0xA2
    COMMAND = 0x0A
    NAME = "read parameters"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClock(Request):
    """A2 03: year u16 BCD LE, month, day, h, m, s, weekday (7 = Sunday), all BCD."""

    GROUP = 0xA2
    COMMAND = 0x03
    NAME = "set clock"

    local: datetime
    """Wall clock of the centre; without zone, whole seconds."""
    reserved: bytes = b"\x08\x00"
    """The document's example has 08 00 here, so that is what is sent."""

    def __post_init__(self) -> None:
        if self.local.tzinfo is not None:
            raise ValueError("clock: local time without zone, as the card keeps it")

    def payload(self) -> bytes:
        return pack_date(self.local) + pack_time(self.local) + bytes((self.local.isoweekday(),))

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, 8)
        local = unpack_clock(payload[0:4], payload[4:7], payload[7])
        return cls(local=local, reply_wanted=reply_wanted, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Power(Request):
    """A3 00: screen on (01) or off (02)."""

    GROUP = 0xA3
    COMMAND = 0x00
    NAME = "power"

    on: bool

    def payload(self) -> bytes:
        return b"\x01" if self.on else b"\x02"

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, 1)
        if payload[0] not in (1, 2):
            raise Malformed(f"{cls.NAME}: {payload[0]:02X}, expected 01 or 02")
        return cls(on=payload[0] == 1, reply_wanted=reply_wanted, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brightness(Request):
    """A3 02: ``01 level``, one level 0–15 for all day."""

    GROUP = 0xA3
    COMMAND = 0x02
    NAME = "brightness"

    level: int

    def __post_init__(self) -> None:
        _expect_level(self.level)

    def payload(self) -> bytes:
        return bytes((1, self.level))

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, 2)
        _expect_level(payload[1])
        return cls(level=payload[1], reply_wanted=reply_wanted, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrightnessOfDay(Request):
    """A3 02: ``02 00`` and 48 levels, one for each half hour from midnight on."""

    GROUP = 0xA3
    COMMAND = 0x02
    NAME = "brightness of the day"

    levels: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.levels) != 48:
            raise Malformed(f"{self.NAME}: {len(self.levels)} levels, expected 48")
        for level in self.levels:
            _expect_level(level)

    def payload(self) -> bytes:
        return bytes((2, 0, *self.levels))

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, 50)
        if payload[1] != 0:
            raise Malformed(f"{cls.NAME}: {payload[1]:02X} after 02, expected 00")
        return cls(levels=tuple(payload[2:]), reply_wanted=reply_wanted, reserved=reserved)


MAX_TIMERS = 3
"""A3 01 takes up to 3 daily timers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimers(Request):
    """A3 01: up to 3 daily timers. Our reading: u8 number, then on and off of each as BCD HHMM."""

    GROUP = 0xA3
    COMMAND = 0x01
    NAME = "screen timers"

    timers: tuple[DailyTimer, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.timers) <= MAX_TIMERS:
            raise Malformed(f"{self.NAME}: {len(self.timers)}, 1 to {MAX_TIMERS} expected")

    def payload(self) -> bytes:
        out = bytearray((len(self.timers),))
        for timer in self.timers:
            for moment in (timer.on, timer.off):
                out += bytes((to_bcd(moment.hour), to_bcd(moment.minute)))
        return bytes(out)

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, 1 + 4 * payload[0] if payload else 1)
        timers = []
        for at in range(1, len(payload), 4):
            hour, minute, off_hour, off_minute = (from_bcd(b) for b in payload[at : at + 4])
            try:
                timers.append(DailyTimer(time(hour, minute), time(off_hour, off_minute)))
            except ValueError as problem:
                raise Malformed(f"{cls.NAME}: {problem}") from None
        return cls(timers=tuple(timers), reply_wanted=reply_wanted, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimers(Request):
    """A3 08. No payload is documented."""

    GROUP = 0xA3
    COMMAND = 0x08
    NAME = "cancel screen timers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearScreen(Request):
    """A3 10. No payload is documented."""

    GROUP = 0xA3
    COMMAND = 0x10
    NAME = "clear screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRequest(Request):
    """A command that this driver does not make, as found in a capture."""

    GROUP = -1
    COMMAND = -1
    NAME = "other"

    group: int
    command: int
    content: bytes

    @property
    def name(self) -> str:
        return CODE_NAMES.get((self.group, self.command), "unknown")

    def to_bytes(self) -> bytes:
        """As it was captured. Raises ValueError for A1 00."""
        return build(self.group, self.command, self.content, self.reply_wanted, self.reserved)


def _expect_level(level: int) -> None:
    if not 0 <= level <= 15:
        raise Malformed(f"brightness: level {level}, expected 0 to 15")


def to_bcd(value: int) -> int:
    """Two decimal digits in one byte, so that 59 becomes 59 hexadecimal."""
    if not 0 <= value <= 99:
        raise ValueError(f"{value} has more than two digits")
    return value // 10 << 4 | value % 10


def from_bcd(byte: int) -> int:
    """Raises Malformed for a digit above nine."""
    tens, ones = byte >> 4, byte & 0x0F
    if tens > 9 or ones > 9:
        raise Malformed(f"{byte:02X} is not BCD")
    return tens * 10 + ones


def pack_date(moment: datetime) -> bytes:
    """Year u16 BCD LE, month, day."""
    century, year = divmod(moment.year, 100)
    return bytes(to_bcd(value) for value in (year, century, moment.month, moment.day))


def pack_time(moment: datetime) -> bytes:
    """Hour, minute, second."""
    return bytes(to_bcd(value) for value in (moment.hour, moment.minute, moment.second))


def unpack_clock(date: bytes, time: bytes, weekday: int) -> datetime:
    """Raises Malformed for a date that does not exist or another day's weekday."""
    year, century, month, day = (from_bcd(byte) for byte in date)
    hour, minute, second = (from_bcd(byte) for byte in time)
    try:
        moment = datetime(century * 100 + year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError as problem:
        raise Malformed(f"clock: {problem}") from None
    if moment.isoweekday() != weekday:
        raise Malformed(f"clock: weekday {weekday:02X}, that day has {moment.isoweekday():02X}")
    return moment
