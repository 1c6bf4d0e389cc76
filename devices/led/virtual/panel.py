"""The far end of a plain frame board: takes whole pictures (pure).

Written from the layout alone: "MTFB", length u16, body, CRC-32 of length and body; the body
is kind, sequence, width, height, on, brightness, clock of 7 bytes, lifetime, pixels of 2 bits.
"""

import binascii
from datetime import datetime, timedelta

from devices.led.virtual.card import Record

HEAD = 17
"""Bytes of a body before its pixels."""
TELL, SET, SHOW = 0, 1, 2
NAMES = ("tell", "set", "show")


class VirtualPanel:
    """Every `t` is a monotonic second."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.on, self.level = True, 15
        self._packed = b""
        self._until = 0.0
        self._lifetime = 0
        self._clock: datetime | None = None
        self._clock_since = 0.0
        self._pending = b""

    def pixels(self, t: float) -> bytes:
        """`height` rows of `width` bytes: 0 dark, 1 red, 2 green, 3 yellow."""
        size = self.width * self.height
        if not self.on or not self._alive(t):
            return bytes(size)
        return bytes(byte >> shift & 3 for byte in self._packed for shift in (0, 2, 4, 6))[:size]

    def exchange(self, data: bytes, t: float) -> list[Record]:
        """Take bytes from the line; tell everything that happened, in order."""
        self._pending += data
        out: list[Record] = []
        while True:
            start = self._pending.find(b"MTFB")
            if start < 0:
                self._pending = self._pending[-3:]
                return out
            self._pending = self._pending[start:]
            if len(self._pending) < 6:
                return out
            length = self._pending[4] | self._pending[5] << 8
            if len(self._pending) < length + 10:
                # A start in the middle means that the end of this message was lost.
                again = self._pending.find(b"MTFB", 4)
                if again < 0:
                    return out
                out.append(Record("in", self._pending[:again], False, reason="cut short"))
                self._pending = self._pending[again:]
                continue
            raw = self._pending[: length + 10]
            if binascii.crc32(raw[4:-4]) != int.from_bytes(raw[-4:], "little"):
                out.append(Record("in", raw[:4], False, reason="CRC"))
                self._pending = self._pending[4:]
                continue
            self._pending = self._pending[len(raw) :]
            out.extend(self._obey(raw, t))

    def _obey(self, raw: bytes, t: float) -> list[Record]:
        body = raw[6:-4]
        if len(body) < HEAD or body[0] > SHOW:
            return [Record("in", raw, False, reason="unknown layout")]
        kind = body[0]
        if kind == SET:
            self.on, self.level = body[6] == 1, body[7]
            if any(body[8:15]):
                year = body[8] | body[9] << 8
                self._clock, self._clock_since = datetime(year, *body[10:15]), t  # noqa: DTZ001
        elif kind == SHOW:
            if body[2:6] != self._size() and body[HEAD:]:
                return [Record("in", raw, False, reason="of another size")]
            self._packed, self._lifetime = body[HEAD:], body[15] | body[16] << 8
            self._until = t + self._lifetime
        taken = Record("in", raw, True, NAMES[kind])
        return [taken, Record("out", self._answer(body[:2], t), True, "state")]

    def _answer(self, head: bytes, t: float) -> bytes:
        clock = bytes(7)
        if self._clock is not None:
            now = self._clock + timedelta(seconds=t - self._clock_since)
            day = (now.month, now.day, now.hour, now.minute, now.second)
            clock = now.year.to_bytes(2, "little") + bytes(day)
        alive = self._alive(t)
        lifetime = self._lifetime if alive else 0
        settings = bytes((self.on, self.level)) + clock + lifetime.to_bytes(2, "little")
        body = head + self._size() + settings + (self._packed if alive else b"")
        checked = len(body).to_bytes(2, "little") + body
        return b"MTFB" + checked + binascii.crc32(checked).to_bytes(4, "little")

    def _alive(self, t: float) -> bool:
        return bool(self._packed) and t < self._until

    def _size(self) -> bytes:
        return self.width.to_bytes(2, "little") + self.height.to_bytes(2, "little")
