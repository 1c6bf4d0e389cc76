"""How a ZIP is put together: one list of contents, one place for each entry, nothing between.

APPNOTE.TXT 6.3: 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.12 (directory), 4.3.14 to
4.3.16 (ends), 4.6.9 (Unicode path). Reads hostile bytes: runs in the child.
"""

import os
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from kiosk.examination.holding import Wrong, told
from kiosk.examination.kinds import Kind
from kiosk.examination.names import is_control, is_invisible
from kiosk.examination.verdict import Verdict

MAX_ENTRIES = 10_000
"""A large workbook has some hundred, an OFD of 1,000 pages about 5,000."""
MAX_UNPACKED = 4_000_000_000
HARMLESS_UNPACKED = 64_000_000
"""Below this the ratio does not matter: tables of one repeated value pack 1:200."""
MAX_RATIO = 100

LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_BEFORE_END = _END_64.size + _LOCATOR_64.size
_END_MAGIC = b"PK\x05\x06"
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_AES = 99
_ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR_FLAG = 0x0008
_DESCRIPTORS = (12, 16, 20, 24)
"""Bytes behind an entry that was written before its size was known: with or without a sign."""
_UTF_8_FLAG = 0x0800
_UNICODE_PATH = 0x7075
_EXTRA = struct.Struct("<2H")


def check_end(file: BinaryIO) -> int:
    """By its end, every program finds the same list of contents; where the end begins."""
    size = file.seek(0, os.SEEK_END)
    begin = max(0, size - _END.size - 0xFFFF - _BEFORE_END)
    file.seek(begin)
    tail = file.read(size - begin)
    at = last = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        raise Wrong(Verdict.TRUNCATED, kind=Kind.ZIP)
    while at >= 0:
        # Some programs take the last one, some the one whose comment ends with the file.
        if at < last and at + _END.size + _END.unpack_from(tail, at)[-1] == len(tail):
            raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
        at = tail.rfind(_END_MAGIC, 0, at)
    _, _, _, _, *small, comment = _END.unpack_from(tail, last)
    end = last + _END.size + comment
    if end > len(tail):
        raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
    if tail[end:].strip(b"\0"):
        raise Wrong(Verdict.TRAILING_BYTES, kind=Kind.ZIP)
    if last < _BEFORE_END or tail[last - _LOCATOR_64.size :][:4] != b"PK\x06\x07":
        return begin + last
    # Some programs look for the large numbers only where the small ones do not suffice, and some
    # take them from before the locator, wherever it points.
    large = last - _BEFORE_END
    _, _, place, _ = _LOCATOR_64.unpack_from(tail, large + _END_64.size)
    magic, *_, entries, length, offset = _END_64.unpack_from(tail, large)
    agree = all(
        one in (other, most)
        for one, other, most in zip(
            small, (entries, length, offset), (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF), strict=True
        )
    )
    if magic != b"PK\x06\x06" or place != begin + large or not agree:
        raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
    return begin + large


def check_list(entries: Sequence[zipfile.ZipInfo], kind: Kind) -> None:
    """What the list of contents says. Raises Wrong."""
    if not entries:
        raise Wrong(Verdict.EMPTY)
    if len(entries) > MAX_ENTRIES:
        raise Wrong(Verdict.ZIP_BOMB)
    unpacked = packed = 0
    names = set[str]()
    for entry in entries:
        mode = entry.external_attr >> 16
        if entry.flag_bits & _ENCRYPTED_FLAGS or entry.compress_type == _AES:
            raise Wrong(Verdict.ENCRYPTED, kind=kind)
        if stat.S_ISLNK(mode) or (stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}):
            raise Wrong(Verdict.ZIP_LINK, name=told(entry_name(entry)))
        for name in names_of(entry):
            check_path(name)
            if name in names:
                raise Wrong(Verdict.DAMAGED, kind=kind)
        names.update(names_of(entry))
        if entry.compress_type not in _METHODS:
            raise Wrong(Verdict.NOT_EXAMINABLE)
        if entry.compress_size > entry.file_size + entry.file_size // 100 + 4096:
            # More packed than unpacked: the sizes are not the true ones.
            raise Wrong(Verdict.ZIP_BOMB)
        unpacked += entry.file_size
        packed += entry.compress_size
    if unpacked > MAX_UNPACKED:
        raise Wrong(Verdict.ZIP_BOMB)
    if unpacked > HARMLESS_UNPACKED and unpacked > packed * MAX_RATIO:
        raise Wrong(Verdict.ZIP_BOMB)


def check_path(name: str) -> None:
    """Unpacking it writes nowhere else, and does not deceive about where. Raises Wrong."""
    parts = name.replace("\\", "/").split("/")
    if (
        not name
        or name[0] in "/\\"
        or any(":" in part for part in parts)
        or ".." in parts
        or any(map(is_control, name))
        or any(map(is_invisible, name))
    ):
        raise Wrong(Verdict.ZIP_PATH, name=told(name))


def check_places(
    file: BinaryIO, archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], end_record: int
) -> Mapping[str, int]:
    """Where each entry's bytes begin, by its name.

    Each has bytes of its own, says of itself what the list says of it, and there is nothing else.
    Raises Wrong.
    """
    end, described, renamed, places = 0, False, False, dict[str, int]()
    gaps: list[tuple[int, int, bool]] = []
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise Wrong(Verdict.ZIP_BOMB)
        gaps.append((end, entry.header_offset, described))
        file.seek(entry.header_offset)
        header = file.read(LOCAL.size)
        if len(header) < LOCAL.size:
            raise Wrong(Verdict.TRUNCATED, kind=Kind.ZIP)
        magic, _, flags, method, _, _, _, packed, unpacked, length, extra = LOCAL.unpack(header)
        if magic != b"PK\x03\x04":
            raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
        if flags & _ENCRYPTED_FLAGS:
            raise Wrong(Verdict.ENCRYPTED, kind=Kind.ZIP)
        described = bool(flags & _DESCRIPTOR_FLAG)
        unsaid = described or packed == 0xFFFFFFFF or unpacked == 0xFFFFFFFF
        if method != entry.compress_type or (
            not unsaid and (packed, unpacked) != (entry.compress_size, entry.file_size)
        ):
            raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
        # Programs that read from the beginning to the end never see the list.
        encoding = "utf-8" if entry.flag_bits & _UTF_8_FLAG else "cp437"
        renamed |= file.read(length).decode(encoding) != entry.orig_filename
        renamed |= bool(set(_unicode_paths(file.read(extra))) - set(_unicode_paths(entry.extra)))
        places[entry.filename] = entry.header_offset + LOCAL.size + length + extra
        end = places[entry.filename] + entry.compress_size
    if end > archive.start_dir:
        raise Wrong(Verdict.ZIP_BOMB)
    if gaps[0][1] > 0:
        # Something stands before the first entry, such as the program of a self-extracting one.
        raise Wrong(Verdict.LEADING_BYTES, kind=Kind.ZIP)
    if renamed:
        raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
    gaps.append((end, archive.start_dir, described))
    for begin, until, after_description in gaps:
        _check_gap(file, begin, until, described=after_description)
    if _directory_end(file, archive.start_dir, len(entries)) != end_record:
        raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
    return places


def names_of(entry: zipfile.ZipInfo) -> Iterator[str]:
    """The names by which programs may unpack it."""
    yield entry.orig_filename
    for name in _unicode_paths(entry.extra):
        if name != entry.orig_filename:
            yield name


def entry_name(entry: zipfile.ZipInfo) -> str:
    """An entry's name as the visitor knows it."""
    if entry.flag_bits & _UTF_8_FLAG:
        return entry.orig_filename
    for name in _unicode_paths(entry.extra):
        return name
    try:
        return entry.orig_filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.orig_filename


def _unicode_paths(extra: bytes) -> Iterator[str]:
    """Names beside the one in the header, whether or not their checksum fits to that one."""
    at = 0
    while at + _EXTRA.size <= len(extra):
        what, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if what == _UNICODE_PATH and length >= 5:
            yield extra[at + 5 : at + length].decode("utf-8")
        at += length


def _check_gap(file: BinaryIO, begin: int, end: int, *, described: bool) -> None:
    """Between entries stand only descriptions of the one before, or zeros."""
    if begin == end or (described and end - begin in _DESCRIPTORS):
        return
    file.seek(begin)
    while begin < end:
        piece = file.read(min(65_536, end - begin))
        if not piece or piece.strip(b"\0"):
            raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
        begin += len(piece)


def _directory_end(file: BinaryIO, at: int, count: int) -> int:
    """Where so many entries of the list of contents end."""
    file.seek(at)
    for _ in range(count):
        head = file.read(46)
        if len(head) < 46:
            raise Wrong(Verdict.TRUNCATED, kind=Kind.ZIP)
        file.seek(sum(struct.unpack_from("<3H", head, 28)), os.SEEK_CUR)
    return file.tell()
