"""The virtual control card: bytes in, bytes out, state in between (pure)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any

from devices.led import fonts
from devices.led.virtual import face, wire
from devices.led.virtual.areas import Refusal, read_areas, read_program
from devices.led.virtual.memory import PROGRAM, Memory
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from devices.led.virtual.text import plain

BROADCAST, ANY_CARD = 0xFFFF, 0xFFFE
DEVICE_TYPES = (0xFE, 0x62)
"""Answers to "any" and to its own, 6K2."""
MEMORY_BYTES = 1024
"""Receive buffer of a 6K card, in data bytes."""

SIZES = range(16, 4097)
"""Pixels of a board, in width and in height."""
YEARS = range(2000, 2100)
"""What the card's clock can be set to."""

UNKNOWN_GROUP, UNKNOWN_COMMAND, NO_MEMORY, BAD_CRC, WRONG_TYPE, BAD_DATE = 1, 2, 4, 5, 10, 14


@dataclass(frozen=True, slots=True)
class Record:
    """What happened on the wire, for the log."""

    direction: str
    """"in" to the card, "out" from it."""
    raw: bytes
    valid: bool
    command: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Outcome:
    command: str
    data: bytes = b""
    """Group, command, error, reserved, payload of the answer; empty: a plain ACK."""
    fields: dict[str, Any] = field(default_factory=dict)
    texts: tuple[str, ...] = ()


class VirtualBoard:
    """A card with its board. Every `t` is a monotonic second; nothing here reads a clock.

    Switched on, it shows the program in its memory or is dark, and its clock is `clock` or
    has never been set.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        address: int = 1,
        baud: int = 57600,
        speeds: tuple[float, ...] = VIRTUAL_SPEEDS,
        t: float = 0.0,
        clock: datetime | None = None,
        glyphs: face.Glyphs | None = None,
        memory: Memory | None = None,
    ) -> None:
        """`clock` is local, without zone. Raises FontMissing if no other `glyphs` are given,
        ValueError for a size out of `SIZES` or not 25 `speeds`.
        """
        for name, pixels in (("width", width), ("height", height)):
            if pixels not in SIZES:
                raise ValueError(f"{name}: {pixels} pixels; {SIZES[0]} to {SIZES[-1]} expected")
        if len(speeds) != 25:
            raise ValueError(f"speeds: {len(speeds)} values, one for each of 25 codes expected")
        self._address = address
        self._baud = baud
        self._speeds = speeds
        self.glyphs = glyphs or fonts.installed().glyph
        self._receiver = wire.Receiver()
        self._state = face.State(width, height, clock=clock, clock_since=t)
        self.memory = memory or Memory()
        self.refusals: deque[int] = deque()
        """Codes with which the next valid requests are refused: a fault to try out."""
        self._play_program(t)
        self._brightness: tuple[int, ...] = (15,) * 48
        self._commands: dict[int, dict[int, Callable[[bytes, float], _Outcome]]] = {
            0xA1: {
                0x01: self._delete_files,
                0x02: self._tell_status,
                0x05: self._start_write,
                0x06: self._write_block,
                0x0A: self._tell_file,
                0x0B: self._tell_content,
            },
            0xA2: {0x00: self._ping, 0x03: self._set_clock, 0x0A: self._tell_parameters},
            0xA3: {
                0x00: self._set_power,
                0x01: self._set_timers,
                0x02: self._set_brightness,
                0x06: self._set_areas,
                0x08: self._cancel_timers,
                0x10: self._clear_screen,
            },
        }

    @property
    def width(self) -> int:
        return self._state.width

    @property
    def height(self) -> int:
        return self._state.height

    @property
    def state(self) -> face.State:
        return self._state

    def brightness(self, t: float) -> int:
        """0 to 15, as it is at this moment of the card's day."""
        local = self._state.local_time(t)
        return self._brightness[local.hour * 2 + local.minute // 30]

    def pixels(self, t: float) -> bytes:
        """`height` rows of `width` bytes: 0 dark, 1 red, 2 green, 3 yellow."""
        return face.pixels(self._state, t, self.glyphs)

    def reboot(self, t: float) -> None:
        """Power off and on: RAM is lost; flash, settings and the battery's clock are kept."""
        self._receiver = wire.Receiver()
        self.memory.forget_transfer()
        self._state = replace(self._state, zones=())
        self._play_program(t)

    def feed(self, data: bytes, t: float) -> list[bytes]:
        """Take bytes from the line; return the replies."""
        return [record.raw for record in self.exchange(data, t) if record.direction == "out"]

    def exchange(self, data: bytes, t: float) -> list[Record]:
        """As `feed`, with everything that a log wants to tell, in order."""
        records: list[Record] = []
        for telegram in self._receiver.feed(data):
            records.extend(self._take(telegram, t))
        return records

    def _take(self, telegram: wire.Telegram, t: float) -> list[Record]:
        if not telegram.addressed:
            return [Record("in", telegram.raw, False, reason=telegram.fault)]
        if telegram.destination not in (self._address, BROADCAST, ANY_CARD):
            return [Record("in", telegram.raw, False, reason="for another card")]
        try:
            outcome = self._obey(telegram, t)
            received = Record(
                "in", telegram.raw, True, outcome.command, outcome.fields, outcome.texts
            )
            answer = outcome.data or bytes((0xA0, 0x00, 0, 0, 0))
            told = _answer_record(answer)
        except Refusal as refusal:
            received = Record("in", telegram.raw, False, refusal.command, reason=refusal.reason)
            answer = bytes((0xA0, 0x01, refusal.code, 0, 0))
            told = ("nack", {"code": refusal.code})
        silent = telegram.destination == BROADCAST or telegram.data[2:3] == b"\x02"
        if silent:
            return [received]
        name, fields = told
        return [received, Record("out", wire.reply(telegram, answer), True, name, fields)]

    def _obey(self, telegram: wire.Telegram, t: float) -> _Outcome:
        data = telegram.data
        if telegram.fault:
            raise Refusal(BAD_CRC, telegram.fault)
        if telegram.device_type not in DEVICE_TYPES:
            raise Refusal(WRONG_TYPE, f"for device type {telegram.device_type:02X}")
        if len(data) > MEMORY_BYTES:
            raise Refusal(NO_MEMORY, f"{len(data)} data bytes, buffer of {MEMORY_BYTES}")
        if len(data) < 5:
            raise Refusal(UNKNOWN_COMMAND, "no command")
        group = self._commands.get(data[0])
        if group is None:
            raise Refusal(UNKNOWN_GROUP, f"group {data[0]:02X}")
        command = group.get(data[1])
        if command is None:
            raise Refusal(UNKNOWN_COMMAND, f"command {data[0]:02X} {data[1]:02X}")
        if self.refusals:
            raise Refusal(self.refusals.popleft(), "a fault was ordered")
        self._forget_what_is_over(t)
        return command(data[5:], t)

    def _forget_what_is_over(self, t: float) -> None:
        left = tuple(zone for zone in self._state.zones if not zone.is_over(t))
        self._state = replace(self._state, zones=left)

    def _ping(self, payload: bytes, t: float) -> _Outcome:
        _expect("ping", payload, 0)
        return _Outcome("ping")

    def _tell_status(self, payload: bytes, t: float) -> _Outcome:
        _expect("read status", payload, 0)
        clock = bytes(8)
        if self._state.clock is not None:
            now = self._state.local_time(t)
            clock = bytes.fromhex(f"{now:%Y}")[::-1] + bytes.fromhex(
                f"{now:%m%d}{now.isoweekday():02}{now:%H%M%S}"
            )
        power = 1 if face.is_lit(self._state, t) else 2
        content = bytes((power, self.brightness(t))) + clock
        return _Outcome("read status", b"\xa1\x82\0\0\0" + content)

    def _tell_parameters(self, payload: bytes, t: float) -> _Outcome:
        _expect("read parameters", payload, 0)
        content = (
            self.width.to_bytes(2, "little")
            + self.height.to_bytes(2, "little")
            + b"\x02"
            + self._baud.to_bytes(4, "little")
        )
        return _Outcome("read parameters", b"\xa2\x8a\0\0\0" + content)

    def _set_clock(self, payload: bytes, t: float) -> _Outcome:
        _expect("set clock", payload, 8)
        digits = (payload[1::-1] + payload[2:7]).hex()
        try:
            moment = datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007
        except ValueError:
            raise Refusal(BAD_DATE, f"date {payload.hex(' ').upper()}", "set clock") from None
        if moment.year not in YEARS:
            raise Refusal(BAD_DATE, f"year {moment.year}", "set clock")
        if payload[7] != moment.isoweekday():
            raise Refusal(BAD_DATE, f"weekday {payload[7]:02X}", "set clock")
        self._state = replace(self._state, clock=moment, clock_since=t)
        return _Outcome("set clock", fields={"clock": moment.isoformat()})

    def _set_power(self, payload: bytes, t: float) -> _Outcome:
        _expect("power", payload, 1)
        if payload[0] not in (1, 2):
            raise Refusal(WRONG_TYPE, f"power {payload[0]:02X}", "power")
        self._state = replace(self._state, on=payload[0] == 1, power_since=t)
        return _Outcome("power", fields={"on": payload[0] == 1})

    def _set_brightness(self, payload: bytes, t: float) -> _Outcome:
        levels: tuple[int, ...]
        if payload[:1] == b"\x01" and len(payload) == 2:
            levels = (payload[1],) * 48
        elif payload[:2] == b"\x02\x00" and len(payload) == 50:
            levels = tuple(payload[2:])
        else:
            raise Refusal(WRONG_TYPE, f"brightness of {len(payload)} bytes", "brightness")
        if max(levels) > 15:
            raise Refusal(WRONG_TYPE, f"level {max(levels)}", "brightness")
        self._brightness = levels
        return _Outcome("brightness", fields={"level": self.brightness(t)})

    def _set_areas(self, payload: bytes, t: float) -> _Outcome:
        change = read_areas(payload, self.width, self.height, self._speeds, t)
        self._state = replace(self._state, zones=change.apply(self._state.zones))
        return _Outcome(
            "dynamic areas",
            fields=change.describe(),
            texts=tuple(plain(zone.items) for zone in change.added),
        )

    def _clear_screen(self, payload: bytes, t: float) -> _Outcome:
        _expect("clear screen", payload, 0)
        self._state = replace(self._state, zones=(), program=())
        return _Outcome("clear screen")

    def _set_timers(self, payload: bytes, t: float) -> _Outcome:
        name = "screen timers"
        if not payload or not 1 <= payload[0] <= 3 or len(payload) != 1 + 4 * payload[0]:
            raise Refusal(WRONG_TYPE, f"payload of {len(payload)} bytes", name)
        timers = []
        for at in range(1, len(payload), 4):
            digits = payload[at : at + 4].hex()
            try:
                on, off = (time(int(digits[p : p + 2]), int(digits[p + 2 : p + 4])) for p in (0, 4))
            except ValueError:
                raise Refusal(BAD_DATE, f"times {digits}", name) from None
            if off <= on:
                raise Refusal(BAD_DATE, f"off is not later than on: {digits}", name)
            timers.append((on, off))
        local = self._state.local_time(t).time()
        lit = any(on <= local < off for on, off in timers)
        self._state = replace(self._state, timers=tuple(timers), on=lit, power_since=t)
        return _Outcome(name, fields={"timers": [f"{a:%H:%M}-{b:%H:%M}" for a, b in timers]})

    def _cancel_timers(self, payload: bytes, t: float) -> _Outcome:
        _expect("cancel screen timers", payload, 0)
        lit = face.is_lit(self._state, t)
        self._state = replace(self._state, timers=(), on=lit, power_since=t)
        return _Outcome("cancel screen timers")

    def _start_write(self, payload: bytes, t: float) -> _Outcome:
        return _Outcome("start write", fields={"file": self.memory.start(payload)})

    def _write_block(self, payload: bytes, t: float) -> _Outcome:
        result = self.memory.block(payload)
        if result.finished:
            self._play_program(t)
        head = bytes((0xA1, 0x86, result.code, 0, 0))
        answer = head + result.address.to_bytes(4, "little")
        fields: dict[str, Any] = {"next": result.address, "code": result.code}
        if result.finished and self._unplayable:
            fields |= {"unplayable": self._unplayable}
        return _Outcome("write block", answer, fields)

    def _tell_file(self, payload: bytes, t: float) -> _Outcome:
        return _Outcome("file size and CRC", b"\xa1\x8a\0\0\0" + self.memory.info(payload))

    def _tell_content(self, payload: bytes, t: float) -> _Outcome:
        return _Outcome("file content", b"\xa1\x8b\0\0\0" + self.memory.content(payload))

    def _delete_files(self, payload: bytes, t: float) -> _Outcome:
        self.memory.delete(payload)
        self._play_program(t)
        return _Outcome("delete programs")

    def _play_program(self, t: float) -> None:
        content = self.memory.files.get(PROGRAM)
        program: tuple[face.Zone, ...] = ()
        self._unplayable = ""
        if content is not None:
            try:
                program = read_program(content, self.width, self.height, self._speeds, t)
            except Refusal as refusal:
                # A page of another board: it lies in the memory, and nothing is shown.
                self._unplayable = refusal.reason
        self._state = replace(self._state, program=program)


def _expect(command: str, payload: bytes, length: int) -> None:
    if len(payload) != length:
        raise Refusal(WRONG_TYPE, f"payload of {len(payload)} bytes, not {length}", command)


def _answer_record(data: bytes) -> tuple[str, dict[str, Any]]:
    names = {
        b"\xa0\x00": "ack",
        b"\xa1\x82": "status",
        b"\xa1\x86": "block",
        b"\xa1\x8a": "size and CRC",
        b"\xa1\x8b": "content",
        b"\xa2\x8a": "parameters",
    }
    return names[data[:2]], {}
