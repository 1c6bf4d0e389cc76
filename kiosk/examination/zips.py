"""ZIPs, and the documents that are ZIPs: what they hold.

Each entry is unpacked, byte after byte and none of them kept, as far as time allows: it has the
size and the sum that the list of contents says. ECMA-376 part 2 (OOXML); GB/T 33190 7.1 (OFD).
Reads hostile bytes: runs in the child.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from kiosk.examination.holding import MAX_IN_MEMORY, Holding, Wrong
from kiosk.examination.kinds import OFFICE, Kind
from kiosk.examination.ooxml import check_document, check_relations, main_part
from kiosk.examination.verdict import Finding, Verdict
from kiosk.examination.window import window
from kiosk.examination.zip_structure import (
    check_end,
    check_list,
    check_places,
    entry_name,
    names_of,
)
from kiosk.zip_list import ListTooLong, open_zip

MAX_DIRECTORY = 4 * 1024 * 1024
"""Bytes of the list of contents, which zipfile holds in memory about five times over."""
PIECE = 1 << 18
"""Bytes read at once, and unpacked at once."""


def examine_zip(file: BinaryIO, holding: Holding) -> tuple[Kind, list[Finding]]:
    """Which kind of ZIP or document it is, and what is wrong with it."""
    kind = Kind.ZIP
    try:
        end = check_end(file)
        with open_zip(file, MAX_DIRECTORY) as archive:
            entries = archive.infolist()
            main = main_part([entry.filename for entry in entries])
            kind = Kind.ZIP if main is None else main.kind
            check_list(entries, kind)
            _check_names(entries, kind, holding)
            places = check_places(file, archive, entries, end)
            if main is not None:
                check_document(archive, main)
            _look_into(file, archive, _in_order(entries), places, kind, holding)
    except Wrong as wrong:
        return kind, [wrong.finding]
    except ListTooLong:
        return kind, [Finding(Verdict.ZIP_BOMB)]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error):
        return kind, [Finding(Verdict.DAMAGED, {"kind": kind})]
    except (NotImplementedError, RuntimeError):
        # How zipfile tells of a method it does not have, or of a password.
        return kind, [Finding(Verdict.NOT_EXAMINABLE)]
    return kind, []


def _in_order(entries: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The files, in the order of their bytes: one that is packed itself is read from the front."""
    return sorted(
        (entry for entry in entries if not entry.is_dir() or entry.file_size),
        key=lambda each: each.header_offset,
    )


def _check_names(entries: Sequence[zipfile.ZipInfo], kind: Kind, holding: Holding) -> None:
    for entry in entries:
        for name in names_of(entry):
            folder, _, last = name.replace("\\", "/").lower().rpartition("/")
            if kind in OFFICE and (
                folder.endswith("xl/macrosheets")
                or last == "vbaproject.bin"
                or last.startswith("activex")
            ):
                raise Wrong(Verdict.MACROS, kind=kind)
            if kind is Kind.OFD and last in {"encryptions.xml", "encryption.xml"}:
                raise Wrong(Verdict.ENCRYPTED, kind=kind)
            if not entry.is_dir():
                holding.judge_name(last, kind)


def _look_into(
    file: BinaryIO,
    archive: zipfile.ZipFile,
    entries: Sequence[zipfile.ZipInfo],
    places: Mapping[str, int],
    kind: Kind,
    holding: Holding,
) -> None:
    """What each entry is, and that it is as large as it says."""
    sure = set[str]()
    for entry in entries:
        if kind in OFFICE and entry.filename.lower().endswith(".rels"):
            check_relations(archive, entry, kind)
        with _opened(file, archive, entry, places, sure) as inside:
            holding.judge(entry_name(entry), inside, kind)
    for entry in entries:
        if entry.filename in sure:
            continue
        if holding.late:
            holding.remarks.add(Verdict.NOT_ALL_SEEN)
            return
        for _ in _unpacked(file, entry, places[entry.filename]):
            pass


def _opened(
    file: BinaryIO,
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    places: Mapping[str, int],
    sure: set[str],
) -> BinaryIO:
    """An entry as a file."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return window(file, places[entry.filename], entry.file_size)
    if entry.file_size <= MAX_IN_MEMORY:
        sure.add(entry.filename)
        return io.BytesIO(b"".join(_unpacked(file, entry, places[entry.filename])))
    return archive.open(entry)  # type: ignore[return-value]


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo, place: int) -> Iterator[bytes]:
    """Its bytes; raises Wrong where they are more, fewer or others than the list says."""
    size = checksum = 0
    for piece in _inflated(file, entry, place):
        size += len(piece)
        if size > entry.file_size:
            raise Wrong(Verdict.ZIP_BOMB)
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if size != entry.file_size or checksum != entry.CRC:
        raise Wrong(Verdict.DAMAGED, kind=Kind.ZIP)


def _inflated(file: BinaryIO, entry: zipfile.ZipInfo, place: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    stored = entry.compress_type == zipfile.ZIP_STORED
    left = entry.compress_size
    while left > 0:
        file.seek(place + entry.compress_size - left)
        packed = file.read(min(PIECE, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        if stored:
            yield packed
            continue
        while packed:
            yield inflater.decompress(packed, PIECE)
            packed = inflater.unconsumed_tail
    if not stored and (rest := inflater.flush()):
        yield rest
    if not stored and (not inflater.eof or inflater.unused_data):
        raise zlib.error("the entry does not end where it should")
