"""Documents of Word, Excel and PowerPoint up to 2003: their list of parts, within limits.

[MS-CFB] 2.2 (header), 2.3 (FAT), 2.6 (directory); [MS-DOC] 2.5.2 (FibBase); [MS-XLS] 2.4.117
(FilePass); [MS-OFFCRYPTO] 2.3.1 (EncryptedPackage). Reads hostile bytes: runs in the child.
"""

import os
import struct
from typing import BinaryIO

from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Verdict

MAX_FAT_SECTORS = 32_768
"""The list of sectors of 2 GB, 16 MB; one sector is read at a time."""
MAX_DIRECTORY_BYTES = 1 << 20
"""8,192 parts; a large workbook has some hundred."""
_HEADER = struct.Struct("<8s16s5H6x9L")
_FREE = 0xFFFFFFFC
"""Numbers from here on name no sector."""
_MACROS = frozenset({"macros", "vba", "_vba_project", "_vba_project_cur", "vbaproject.bin"})
_MAIN = (("worddocument", Kind.DOC), ("workbook", Kind.XLS), ("book", Kind.XLS))


class _Broken(Exception):
    """The structure contradicts itself: the file is damaged."""


class _Compound:
    """A compound file: header and sectors."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        header = file.read(512)
        if len(header) < 512:
            raise _Broken
        fields = _HEADER.unpack_from(header)
        self.shift: int = fields[5]
        self._directory: int = fields[9]
        next_difat, difat_count = fields[14], fields[15]
        if self.shift not in {9, 12}:
            raise _Broken
        self._sector = 1 << self.shift
        listed = list(struct.unpack_from("<109L", header, 76))
        seen: set[int] = set()
        while next_difat < _FREE and len(seen) < difat_count:
            if next_difat in seen or len(listed) > MAX_FAT_SECTORS:
                raise _Broken
            seen.add(next_difat)
            *more, next_difat = self._numbers(next_difat)
            listed += more
        self._fat = [number for number in listed if number < _FREE]
        if len(self._fat) > MAX_FAT_SECTORS:
            raise _Broken

    def sector(self, number: int) -> bytes:
        self._file.seek((number + 1) << self.shift)
        return self._file.read(self._sector)

    def _numbers(self, number: int) -> tuple[int, ...]:
        data = self.sector(number)
        if len(data) < self._sector:
            raise _Broken
        return struct.unpack(f"<{self._sector // 4}L", data)

    def is_truncated(self) -> bool:
        """Whether sectors that are in use begin beyond the file's end."""
        per_sector = self._sector // 4
        for index in range(len(self._fat) - 1, -1, -1):
            try:
                entries = self._numbers(self._fat[index])
            except _Broken:
                return True
            used: list[int] = [at for at, entry in enumerate(entries) if entry != 0xFFFFFFFF]
            if used:
                last = index * per_sector + used[-1]
                return bool((last + 1) << self.shift >= self.size)
        return True

    def parts(self) -> dict[str, tuple[int, int]]:
        """Name, lower-case, of each part, with its first sector and size."""
        found: dict[str, tuple[int, int]] = {}
        per_sector = self._sector // 4
        number, seen = self._directory, set[int]()
        while number < _FREE:
            if number in seen or len(seen) * self._sector > MAX_DIRECTORY_BYTES:
                raise _Broken
            seen.add(number)
            data = self.sector(number)
            for at in range(0, len(data) - 127, 128):
                length, kind = struct.unpack_from("<HB", data, at + 64)
                if kind in {1, 2} and 2 <= length <= 64:
                    name = data[at : at + length - 2].decode("utf-16-le", "replace").lower()
                    found[name] = struct.unpack_from("<LL", data, at + 116)
            if number // per_sector >= len(self._fat):
                raise _Broken
            number = self._numbers(self._fat[number // per_sector])[number % per_sector]
        return found


def examine_ole(file: BinaryIO) -> tuple[Kind, list[Finding]]:
    """Which kind of document it is, and what is wrong with it."""
    try:
        compound = _Compound(file)
        parts = compound.parts()
        truncated = compound.is_truncated()
    except _Broken:
        return Kind.OLE, [Finding(Verdict.DAMAGED, {"kind": Kind.OLE})]
    kind, start = next(
        ((kind, parts[name][0]) for name, kind in _MAIN if name in parts), (Kind.OLE, 0)
    )
    if "powerpoint document" in parts:
        kind = Kind.PPT
    if truncated:
        return kind, [Finding(Verdict.TRUNCATED, {"kind": kind})]
    if {"encryptedpackage", "encryptedsummary"} & set(parts):
        return kind, [Finding(Verdict.ENCRYPTED, {"kind": kind})]
    main = compound.sector(start)
    if kind is Kind.DOC and len(main) > 12 and main[11] & 1:
        return kind, [Finding(Verdict.ENCRYPTED, {"kind": kind})]
    if kind is Kind.XLS and _has_file_pass(main):
        return kind, [Finding(Verdict.ENCRYPTED, {"kind": kind})]
    if _MACROS & set(parts):
        return kind, [Finding(Verdict.MACROS, {"kind": kind})]
    return kind, []


def _has_file_pass(workbook: bytes) -> bool:
    """FilePass follows BOF, and perhaps WriteProtect, at the workbook's beginning."""
    at = 0
    while at + 4 <= len(workbook):
        record, length = struct.unpack_from("<HH", workbook, at)
        if record == 0x2F:
            return True
        if record not in {0x0809, 0x0086}:
            return False
        at += 4 + length
    return False
