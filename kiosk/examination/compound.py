"""Compound files: sectors, and the parts that are chains of them; within limits.

[MS-CFB] 2.2 (header), 2.3 (FAT), 2.4 (mini FAT), 2.6 (directory). Reads hostile bytes: runs in the
child.
"""

import io
import os
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from kiosk.examination.window import Stretch

MAX_FAT_SECTORS = 32_768
"""The list of sectors of 2 GB, 16 MB; one sector is read at a time."""
MAX_DIRECTORY_BYTES = 1 << 20
"""8,192 parts; a large workbook has some hundred."""
_HEADER = struct.Struct("<8s16s5H6x9L")
_FREE = 0xFFFFFFFC
"""Numbers from here on name no sector."""
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_CUT_OFF = 4096
"""Parts below this size lie in the mini stream; 2.2 allows no other size."""


class Broken(Exception):
    """The structure contradicts itself: the file is damaged."""


@dataclass(frozen=True, slots=True)
class Part:
    """An entry of the directory."""

    name: str
    """Lower-case."""
    holds: bool
    """Whether it has bytes; else it is a folder."""
    start: int
    size: int


class Compound:
    """A compound file: header and sectors. Raises Broken, here and below."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        header = file.read(512)
        if len(header) < 512:
            raise Broken
        fields = _HEADER.unpack_from(header)
        self.shift: int = fields[5]
        self._mini_shift: int = fields[6]
        self._directory: int = fields[9]
        self._mini_fat_start: int = fields[12]
        next_difat, difat_count = fields[14], fields[15]
        if self.shift not in {9, 12} or self._mini_shift >= self.shift:
            raise Broken
        self._sector = 1 << self.shift
        self._near: tuple[int, tuple[int, ...]] = (-1, ())
        listed = list(struct.unpack_from("<109L", header, 76))
        seen: set[int] = set()
        while next_difat < _FREE and len(seen) < difat_count:
            if next_difat in seen or len(listed) > MAX_FAT_SECTORS:
                raise Broken
            seen.add(next_difat)
            *more, next_difat = self._numbers(next_difat)
            listed += more
        self._fat = [number for number in listed if number < _FREE]
        if len(self._fat) > MAX_FAT_SECTORS:
            raise Broken
        self._mini: tuple[Sequence[int], Sequence[int]] | None = None
        self._root = Part("", True, 0, 0)
        self.parts = self._parts()

    def sector(self, number: int) -> bytes:
        """The bytes of one; fewer at the file's end."""
        self._file.seek((number + 1) << self.shift)
        return self._file.read(self._sector)

    def end(self) -> int | None:
        """Where the last sector in use ends; None where it begins beyond the file's end."""
        per_sector = self._sector // 4
        for index in range(len(self._fat) - 1, -1, -1):
            try:
                entries = self._numbers(self._fat[index])
            except Broken:
                return None
            used: list[int] = [at for at, entry in enumerate(entries) if entry != 0xFFFFFFFF]
            if used:
                last = index * per_sector + used[-1]
                return None if (last + 1) << self.shift >= self.size else (last + 2) << self.shift
        return None

    def open(self, part: Part) -> BinaryIO:
        """A part as a file; shorter than it says where its chain is."""
        places, piece = self._places(part)
        return io.BufferedReader(_Chain(self._file, places, piece, part.size))

    def position(self, part: Part, at: int) -> int | None:
        """Where in a part, or in the rest of its last sector, a byte of the file is; else None."""
        places, piece = self._places(part)
        for index, place in enumerate(places):
            if place <= at < place + piece:
                return index * piece + at - place
        return None

    def _places(self, part: Part) -> tuple[Sequence[int], int]:
        """Where the pieces of a part begin, and bytes of a piece."""
        if part.size >= _CUT_OFF:
            places = self._chain(part.start, part.size)
            for index, number in enumerate(places):
                places[index] = (number + 1) << self.shift
            return places, self._sector
        fat, home = self._mini_stream()
        size, each = 1 << self._mini_shift, self._sector >> self._mini_shift
        found, number, seen = list[int](), part.start, set[int]()
        while number < _FREE and len(found) << self._mini_shift < part.size:
            if number in seen or number >= len(fat) or number // each >= len(home):
                raise Broken
            seen.add(number)
            found.append(
                ((home[number // each] + 1) << self.shift) + (number % each << self._mini_shift)
            )
            number = fat[number]
        return found, size

    def _numbers(self, number: int) -> tuple[int, ...]:
        if self._near[0] != number:
            data = self.sector(number)
            if len(data) < self._sector:
                raise Broken
            self._near = (number, struct.unpack(f"<{self._sector // 4}L", data))
        return self._near[1]

    def _next(self, number: int) -> int:
        per_sector = self._sector // 4
        if number // per_sector >= len(self._fat):
            raise Broken
        following: int = self._numbers(self._fat[number // per_sector])[number % per_sector]
        return following

    def _chain(self, number: int, size: int) -> "array[int]":
        """Numbers of the sectors of so many bytes."""
        found, seen = array("Q"), bytearray((self.size >> self.shift) + 1)
        most = min(size, self.size)
        while number < _FREE and len(found) << self.shift < most:
            if number >= len(seen) or seen[number]:
                raise Broken
            seen[number] = True
            found.append(number)
            number = self._next(number)
        return found

    def _mini_stream(self) -> tuple[Sequence[int], Sequence[int]]:
        """The mini FAT, and the sectors that hold the mini stream."""
        if self._mini is None:
            fat: list[int] = []
            for number in self._chain(self._mini_fat_start, self.size):
                fat += self._numbers(number)
            self._mini = (fat, self._chain(self._root.start, self._root.size))
        return self._mini

    def _parts(self) -> list[Part]:
        found: list[Part] = []
        number, seen = self._directory, set[int]()
        while number < _FREE:
            if number in seen or len(seen) * self._sector > MAX_DIRECTORY_BYTES:
                raise Broken
            seen.add(number)
            data = self.sector(number)
            for at in range(0, len(data) - 127, 128):
                length, kind = struct.unpack_from("<HB", data, at + 64)
                if kind not in {_STORAGE, _STREAM, _ROOT} or not 2 <= length <= 64:
                    continue
                name = data[at : at + length - 2].decode("utf-16-le", "replace").lower()
                part = Part(name, kind == _STREAM, *struct.unpack_from("<LL", data, at + 116))
                if kind == _ROOT:
                    self._root = part
                else:
                    found.append(part)
            number = self._next(number)
        return found


class _Chain(Stretch):
    """Pieces of a file, one behind the other."""

    def __init__(self, file: BinaryIO, places: Sequence[int], piece: int, size: int) -> None:
        super().__init__(min(size, len(places) * piece))
        self._file, self._places, self._piece = file, places, piece

    def bytes_at(self, at: int, count: int) -> bytes:
        piece, within = divmod(at, self._piece)
        self._file.seek(self._places[piece] + within)
        return self._file.read(min(count, self._piece - within))
