"""Documents of Word, Excel and PowerPoint up to 2003, and what is packed into them.

[MS-DOC] 2.5.2 (FibBase); [MS-XLS] 2.4.117 (FilePass), 2.4.28 (BoundSheet8); [MS-OFFCRYPTO] 2.3.1
(EncryptedPackage); [MS-OLEDS] 2.3.6 (OLENativeStream). Reads hostile bytes: runs in the child.
"""

import os
import struct
from typing import BinaryIO

from kiosk.examination.compound import Broken, Compound, Part
from kiosk.examination.foreign import archive_kind, find_kind, foreign_kind, page_kind, zip_inside
from kiosk.examination.holding import Holding, Look, Wrong
from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Grade, Verdict
from kiosk.examination.window import window

_MACROS = frozenset({"macros", "vba", "_vba_project", "_vba_project_cur", "vbaproject.bin"})
_MAIN = (("worddocument", Kind.DOC), ("workbook", Kind.XLS), ("book", Kind.XLS))
_PACKAGE = "\x01ole10native"
_IS_FILE = 2
_NUMBERED = "\1\2\3\4\5"
_PACKAGE_HEAD = 4096
"""Its names come first: of a file, and of where it was."""
_GLOBALS = 1 << 20
"""Bytes of a workbook in which its list of sheets is looked for; it stands near the beginning."""
_BOF, _EOF, _WRITE_PROTECT, _FILE_PASS, _BOUND_SHEET = 0x0809, 0x0A, 0x86, 0x2F, 0x85
_MACRO_SHEET = 1


def examine_ole(file: BinaryIO, holding: Holding, look: Look) -> tuple[Kind, list[Finding]]:
    """Which kind of document it is, and what is wrong with it."""
    try:
        compound = Compound(file)
        kind, main = _main(compound)
        end = compound.end()
        if end is None:
            return kind, [Finding(Verdict.TRUNCATED, {"kind": kind})]
        _check_parts(compound, kind, main)
        _check_packed(compound, kind, holding)
        _check_other(file, compound, kind, end)
        _check_zip(file, compound, kind, holding, look)
    except Wrong as wrong:
        return kind, [wrong.finding]
    except (Broken, struct.error):
        return Kind.OLE, [Finding(Verdict.DAMAGED, {"kind": Kind.OLE})]
    return kind, []


def _main(compound: Compound) -> tuple[Kind, Part | None]:
    by_name = {part.name: part for part in compound.parts}
    if "powerpoint document" in by_name:
        return Kind.PPT, None
    found = next(((kind, by_name[name]) for name, kind in _MAIN if name in by_name), None)
    return (Kind.OLE, None) if found is None else found


def _check_parts(compound: Compound, kind: Kind, main: Part | None) -> None:
    names = {part.name for part in compound.parts}
    if {"encryptedpackage", "encryptedsummary"} & names:
        raise Wrong(Verdict.ENCRYPTED, kind=kind)
    begin = b"" if main is None else compound.sector(main.start)
    if kind is Kind.DOC and len(begin) > 12 and begin[11] & 1:
        raise Wrong(Verdict.ENCRYPTED, kind=kind)
    if kind is Kind.XLS and main is not None:
        _check_workbook(begin if main.size < len(begin) else compound.open(main).read(_GLOBALS))
    if _MACROS & names:
        raise Wrong(Verdict.MACROS, kind=kind)


def _check_workbook(workbook: bytes) -> None:
    """FilePass follows BOF, and perhaps WriteProtect; sheets are listed up to the first EOF."""
    at, leading = 0, True
    while at + 4 <= len(workbook):
        record, length = struct.unpack_from("<HH", workbook, at)
        leading &= record in {_BOF, _WRITE_PROTECT, _FILE_PASS}
        if record == _FILE_PASS and leading:
            raise Wrong(Verdict.ENCRYPTED, kind=Kind.XLS)
        if record == _BOUND_SHEET and workbook[at + 9 : at + 10] == bytes([_MACRO_SHEET]):
            raise Wrong(Verdict.MACROS, kind=Kind.XLS)
        if record == _EOF:
            return
        at += 4 + length


def _check_packed(compound: Compound, kind: Kind, holding: Holding) -> None:
    """No part of it is a program, or packs one up."""
    for part in compound.parts:
        if not part.holds or part.size == 0:
            continue
        name = part.name.lstrip(_NUMBERED)
        if part.name != _PACKAGE:
            holding.judge(name, compound.open(part), kind)
            continue
        names, packed = _unpacked(compound.open(part))
        for each in names:
            holding.judge_name(each, kind)
        holding.judge(names[0] if names else name, packed, kind)
        if not names and find_kind(packed, 0, foreign_kind) is not None:
            raise Wrong(Verdict.HELD_PROGRAM, kind=kind, name=name)


def _unpacked(stream: BinaryIO) -> tuple[list[str], BinaryIO]:
    """Names and bytes of the file in a package; no names where it is no file."""
    head = stream.read(_PACKAGE_HEAD)
    size = stream.seek(0, os.SEEK_END)
    if len(head) < 6 or struct.unpack_from("<H", head, 4)[0] != _IS_FILE:
        # A picture, or what else a program keeps of its own.
        return [], window(stream, 4, max(0, size - 4))
    label, path, rest = (*head[6:].split(b"\0", 2), b"", b"")[:3]
    if len(rest) < 8:
        raise Wrong(Verdict.NOT_EXAMINABLE)
    at = len(head) - len(rest) + 8 + struct.unpack_from("<L", rest, 4)[0]
    stream.seek(at)
    told = stream.read(4)
    if len(told) < 4:
        raise Wrong(Verdict.NOT_EXAMINABLE)
    names = [each.decode("gb18030", "replace").replace("\\", "/") for each in (label, path)]
    length = min(int.from_bytes(told, "little"), size - at - 4)
    return [name.rpartition("/")[2] for name in names], window(stream, at + 4, length)


def _check_other(file: BinaryIO, compound: Compound, kind: Kind, end: int) -> None:
    """Nothing stands behind it, and no archive in it that is opened wherever it begins."""
    other = find_kind(file, 0, archive_kind) or find_kind(file, end, foreign_kind, page_kind)
    if other is not None:
        raise Wrong(Verdict.TWO_KINDS, kind=kind, other=other)


def _check_zip(
    file: BinaryIO, compound: Compound, kind: Kind, holding: Holding, look: Look
) -> None:
    """What can be opened as a ZIP is in one of its parts, and sound.

    Word and Excel keep themes as ZIPs ([MS-XLS] 2.4.326), and so are the documents in others.
    """
    inside = zip_inside(file)
    if inside is None:
        return
    for part in compound.parts:
        record = compound.position(part, inside.record) if part.holds else None
        if record is None:
            continue
        begin = window(compound.open(part), 0, record + inside.end - inside.record)
        held = zip_inside(begin)
        if held is not None:
            zipped = window(begin, held.start, held.end - held.start)
            _, findings = look(zipped, Kind.ZIP, holding.deeper())
            if not any(each.grade is Grade.REFUSED for each in findings):
                return
    raise Wrong(Verdict.TWO_KINDS, kind=kind, other=Kind.ZIP)
