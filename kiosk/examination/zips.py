"""ZIPs, and the documents that are ZIPs: what they hold, seen through their list of contents.

APPNOTE.TXT 6.3 (4.3.7 local header, 4.3.12 directory, 4.3.16 end); ECMA-376 part 2 (OOXML);
GB/T 33190 7.1 (OFD). Of each entry only the beginning is unpacked, of documents inside a ZIP a
few megabytes. Reads hostile bytes: runs in the child.
"""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO
from xml.parsers import expat

from kiosk.examination.content import kind_of
from kiosk.examination.kinds import ARCHIVES, OFFICE, OLD_OFFICE, PROGRAM_ENDINGS, PROGRAMS, Kind
from kiosk.examination.names import ending, is_control, is_invisible
from kiosk.examination.ole import examine_ole
from kiosk.examination.verdict import Finding, Verdict

MAX_DIRECTORY = 4 * 1024 * 1024
"""Bytes of the list of contents, which zipfile holds in memory about five times over."""
MAX_ENTRIES = 10_000
"""A large workbook has some hundred, an OFD of 1,000 pages about 5,000."""
MAX_UNPACKED = 4_000_000_000
HARMLESS_UNPACKED = 64_000_000
"""Below this the ratio does not matter: tables of one repeated value pack 1:200."""
MAX_RATIO = 100
MAX_PEEKED = 2_000
"""Entries whose beginning is looked at, 50 µs each."""
MAX_INNER = 16_000_000
"""Unpacked bytes of a document inside a ZIP, held in memory while it is examined."""
MAX_INNER_TOGETHER = 128_000_000
MAX_XML = 1_000_000
MAX_TELLING = 60
"""Characters of an entry's name that go into a sentence."""

_PEEK = 512
_TAIL = 22 + 0xFFFF
_LOCAL = struct.Struct("<4s5H3L2H")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_AES = 99
_ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR_FLAG = 0x0008
_MAIN = {
    "OFD.xml": (Kind.OFD, "OFD"),
    "word/document.xml": (Kind.DOCX, "document"),
    "xl/workbook.xml": (Kind.XLSX, "workbook"),
    "ppt/presentation.xml": (Kind.PPTX, "presentation"),
}
_TYPES = "[Content_Types].xml"


class _Wrong(Exception):
    """Found something; the examination of this ZIP ends."""

    def __init__(self, verdict: Verdict, **facts: str | int) -> None:
        super().__init__(verdict)
        self.finding = Finding(verdict, facts)


class _Budget:
    """What all documents inside one ZIP may use up together."""

    def __init__(self) -> None:
        self.left = MAX_INNER_TOGETHER
        self.seen_all = True


def examine_zip(file: BinaryIO) -> tuple[Kind, list[Finding]]:
    """Which kind of ZIP or document it is, and what is wrong with it."""
    budget = _Budget()
    kind, findings = _examine(file, 0, budget)
    if not findings and not budget.seen_all:
        findings = [Finding(Verdict.NOT_ALL_SEEN, {"kind": kind})]
    return kind, findings


def _examine(file: BinaryIO, depth: int, budget: _Budget) -> tuple[Kind, list[Finding]]:
    kind = Kind.ZIP
    try:
        _check_end(file)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            kind = _kind(entries)
            _check_list(entries, kind)
            _check_places(file, archive, entries)
            if kind in OFFICE:
                _check_document(archive, kind)
            _peek(archive, entries, kind, depth, budget)
    except _Wrong as wrong:
        return kind, [wrong.finding]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error):
        return kind, [Finding(Verdict.DAMAGED, {"kind": kind})]
    except (NotImplementedError, RuntimeError):
        # How zipfile tells of a method it does not have, or of a password.
        return kind, [Finding(Verdict.NOT_EXAMINABLE)]
    return kind, []


def _check_end(file: BinaryIO) -> None:
    """The end record bounds what zipfile is going to read."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise _Wrong(Verdict.TRUNCATED, kind=Kind.ZIP)
    entries, directory = struct.unpack_from("<HL", tail, at + 10)
    if entries == 0xFFFF or directory == 0xFFFFFFFF:
        record = tail.rfind(b"PK\x06\x06", 0, at)
        if record < 0 or len(tail) - record < 56:
            raise _Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
        entries, directory = struct.unpack_from("<QQ", tail, record + 32)
    if entries > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise _Wrong(Verdict.ZIP_BOMB)


def _kind(entries: Sequence[zipfile.ZipInfo]) -> Kind:
    held = {entry.filename for entry in entries}
    for path, (kind, _) in _MAIN.items():
        if path in held and (kind is Kind.OFD or _TYPES in held):
            return kind
    return Kind.ZIP


def _check_list(entries: Sequence[zipfile.ZipInfo], kind: Kind) -> None:
    """What the list of contents says."""
    if not entries:
        raise _Wrong(Verdict.EMPTY)
    if len(entries) > MAX_ENTRIES:
        raise _Wrong(Verdict.ZIP_BOMB)
    unpacked = packed = 0
    names = set[str]()
    for entry in entries:
        name = entry.orig_filename
        mode = entry.external_attr >> 16
        if entry.flag_bits & _ENCRYPTED_FLAGS or entry.compress_type == _AES:
            raise _Wrong(Verdict.ENCRYPTED, kind=kind)
        if stat.S_ISLNK(mode) or (stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}):
            raise _Wrong(Verdict.ZIP_LINK, name=_told(entry))
        if _is_outside(name):
            raise _Wrong(Verdict.ZIP_PATH, name=_told(entry))
        if name in names:
            raise _Wrong(Verdict.DAMAGED, kind=kind)
        names.add(name)
        if entry.compress_type not in _METHODS:
            raise _Wrong(Verdict.NOT_EXAMINABLE)
        if entry.compress_size > entry.file_size + entry.file_size // 100 + 4096:
            # More packed than unpacked: the sizes are not the true ones.
            raise _Wrong(Verdict.ZIP_BOMB)
        unpacked += entry.file_size
        packed += entry.compress_size
    if unpacked > MAX_UNPACKED:
        raise _Wrong(Verdict.ZIP_BOMB)
    if unpacked > HARMLESS_UNPACKED and unpacked > packed * MAX_RATIO:
        raise _Wrong(Verdict.ZIP_BOMB)
    for entry in entries:
        last = entry.filename.rsplit("/", 1)[-1]
        if last.lower() == "vbaproject.bin" or last.lower().startswith("activex"):
            raise _Wrong(Verdict.MACROS, kind=kind)
        if kind is Kind.ZIP and ending(last.rstrip(". ")) in PROGRAM_ENDINGS:
            raise _Wrong(Verdict.ZIP_PROGRAM, name=_told(entry))
        if kind is Kind.OFD and last.lower() in {"encryptions.xml", "encryption.xml"}:
            raise _Wrong(Verdict.ENCRYPTED, kind=kind)


def _is_outside(name: str) -> bool:
    """Whether unpacking it could write elsewhere, or deceive about where."""
    parts = name.replace("\\", "/").split("/")
    return (
        not name
        or name[0] in "/\\"
        or ":" in parts[0]
        or ".." in parts
        or any(map(is_control, name))
        or any(map(is_invisible, name))
    )


def _check_places(
    file: BinaryIO, archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]
) -> None:
    """Each entry has bytes of its own, and says of itself what the list says of it."""
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise _Wrong(Verdict.ZIP_BOMB)
        file.seek(entry.header_offset)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            raise _Wrong(Verdict.TRUNCATED, kind=Kind.ZIP)
        magic, _, flags, method, _, _, _, packed, unpacked, name, extra = _LOCAL.unpack(header)
        if magic != b"PK\x03\x04":
            raise _Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
        if flags & _ENCRYPTED_FLAGS:
            raise _Wrong(Verdict.ENCRYPTED, kind=Kind.ZIP)
        told = flags & _DESCRIPTOR_FLAG or packed == 0xFFFFFFFF or unpacked == 0xFFFFFFFF
        if method != entry.compress_type or (
            not told and (packed, unpacked) != (entry.compress_size, entry.file_size)
        ):
            raise _Wrong(Verdict.DAMAGED, kind=Kind.ZIP)
        end = entry.header_offset + _LOCAL.size + name + extra + entry.compress_size
    if end > archive.start_dir:
        raise _Wrong(Verdict.ZIP_BOMB)
    if min(entry.header_offset for entry in entries) > 0:
        # Something stands before the first entry, such as the program of a self-extracting one.
        raise _Wrong(Verdict.LEADING_BYTES, kind=Kind.ZIP)


def _check_document(archive: zipfile.ZipFile, kind: Kind) -> None:
    """The parts without which no program opens it."""
    path, root = next((path, root) for path, (each, root) in _MAIN.items() if each is kind)
    needed = [(path, root)] if kind is Kind.OFD else [(path, root), (_TYPES, "Types")]
    for part, expected in needed:
        with archive.open(part) as stream:
            if _root(stream.read(MAX_XML)) != expected:
                raise _Wrong(Verdict.DAMAGED, kind=kind)


def _root(xml: bytes) -> str:
    """Name of the outermost element, without its prefix; empty where there is none.

    Documents of these kinds have no DOCTYPE; one is a sign of entities that grow.
    """
    found: list[str] = []
    parser = expat.ParserCreate()

    def begin(name: str, _attributes: dict[str, str]) -> None:
        if not found:
            found.append(name.rpartition(":")[2])

    def refuse(*_told: object) -> None:
        found.append("")

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        # The root is in the first bytes; a part that was cut by MAX_XML never ends.
        parser.Parse(xml[:65536], False)
    except expat.ExpatError:
        return ""
    return found[0] if found else ""


def _peek(
    archive: zipfile.ZipFile,
    entries: Sequence[zipfile.ZipInfo],
    kind: Kind,
    depth: int,
    budget: _Budget,
) -> None:
    """Look at what each entry begins with, and into documents."""
    files = [entry for entry in entries if not entry.is_dir()]
    if len(files) > MAX_PEEKED:
        budget.seen_all = False
    for entry in files[:MAX_PEEKED]:
        with archive.open(entry) as stream:
            head = stream.read(_PEEK)
        inner = kind_of(head) if head else Kind.OTHER
        if inner in PROGRAMS:
            raise _Wrong(Verdict.ZIP_PROGRAM, name=_told(entry))
        if inner is Kind.ZIP or inner is Kind.OLE:
            inner = _inner(archive, entry, inner, depth, budget)
        if inner in ARCHIVES:
            raise _Wrong(Verdict.ZIP_NESTED, name=_told(entry))


def _inner(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    kind: Kind,
    depth: int,
    budget: _Budget,
) -> Kind:
    """Examine a document inside; its kind."""
    if depth > 1:
        raise _Wrong(Verdict.ZIP_NESTED, name=_told(entry))
    if entry.file_size > min(MAX_INNER, budget.left):
        if kind is Kind.ZIP and ending(entry.filename) not in {each.value for each in OFFICE}:
            return Kind.ZIP
        budget.seen_all = False
        return Kind.OTHER
    budget.left -= entry.file_size
    with archive.open(entry) as stream:
        data = io.BytesIO(stream.read(MAX_INNER))
    if kind is Kind.ZIP:
        found, findings = _examine(data, depth + 1, budget)
    else:
        found, findings = examine_ole(data)
        if found in OLD_OFFICE and findings and findings[0].verdict is Verdict.DAMAGED:
            return Kind.OTHER
    if findings:
        raise _Wrong(findings[0].verdict, **findings[0].facts)
    return found


def _told(entry: zipfile.ZipInfo) -> str:
    """An entry's name as it may be drawn."""
    name = entry.orig_filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.orig_filename
    drawn = "".join("\ufffd" if is_control(c) or is_invisible(c) else c for c in name)
    return drawn if len(drawn) <= MAX_TELLING else "…" + drawn[1 - MAX_TELLING :]
