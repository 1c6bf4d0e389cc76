"""What a file is by its first and last bytes (pure).

PDF: ISO 32000-1, 7.5.2 and 7.5.5; ZIP: APPNOTE 4.3; PE: Microsoft PE format, 2; ELF: gABI 4;
Mach-O: mach-o/loader.h; shortcuts: [MS-SHLLINK] 2.1; RAR: RAR 5.0 archive format; 7z: 7zFormat.txt.
What none of these is gets its name, for the sentence only, from `puremagic`.
"""

import codecs
import re

from kiosk.examination.kinds import PICTURES, Kind
from kiosk.examination.verdict import Finding, Verdict

HEAD = 8192
TAIL = 22 + 0xFFFF
"""The end record of a ZIP and the longest comment behind it."""
PDF_LEAD = 1024
"""Bytes that readers of PDF tolerate before its header."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
ZIP_END = b"PK\x05\x06"
ZIP_END_BYTES = 22
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC = (
    (b"\x7fELF", Kind.LINUX_PROGRAM),
    (b"\xfe\xed\xfa\xce", Kind.MAC_PROGRAM),
    (b"\xfe\xed\xfa\xcf", Kind.MAC_PROGRAM),
    (b"\xce\xfa\xed\xfe", Kind.MAC_PROGRAM),
    (b"\xcf\xfa\xed\xfe", Kind.MAC_PROGRAM),
    (b"\xca\xfe\xba\xbe", Kind.JAVA_PROGRAM),
    (b"dex\n", Kind.JAVA_PROGRAM),
    (b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0", Kind.SHORTCUT),
    (b"ITSF", Kind.WINDOWS_PROGRAM),
    (b"!<arch>\n", Kind.LINUX_PROGRAM),
    (b"\0asm", Kind.JAVA_PROGRAM),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (OLE_MAGIC, Kind.OLE),
    (b"Rar!\x1a\x07", Kind.RAR),
    (b"7z\xbc\xaf\x27\x1c", Kind.SEVEN_ZIP),
    (b"\x1f\x8b\x08", Kind.ARCHIVE),
    (b"BZh", Kind.ARCHIVE),
    (b"\xfd7zXZ\0", Kind.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Kind.ARCHIVE),
    (b"MSCF", Kind.ARCHIVE),
    (b"{\\rtf", Kind.RTF),
)
_INTERPRETER = re.compile(rb"#![ \t]*/[ -~]{3,}")
_SCRIPT = re.compile(
    r"\s*(@?echo\s+off|@?setlocal|rem\s|::|<\?php|powershell|set-executionpolicy|param\s*\(|"
    r"on error resume next|(set\s+\w+\s*=\s*)?(wscript\.)?createobject|wscript\.|"
    r"windows registry editor|regedit4|\[version\]\s*signature|\[autorun\]|@?cmd(\.exe)?\s+/c|"
    r"start\s+\"|import os\b|import subprocess\b)",
    re.IGNORECASE,
)
_SHORTCUT = re.compile(r"\s*\[(internetshortcut|desktop entry)\]", re.IGNORECASE)
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|script|iframe|svg)[\s>]", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def kind_of(head: bytes) -> Kind:
    """Name the kind of content that begins with `head` (HEAD bytes, or the whole)."""
    if head.startswith(b"MZ") and _is_dos_program(head):
        return Kind.WINDOWS_PROGRAM
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if _INTERPRETER.match(head):
        return Kind.SCRIPT
    if head.startswith(_ZIP):
        return Kind.ZIP
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return Kind.BMP
    if head[257:262] == b"ustar":
        return Kind.ARCHIVE
    if b"%PDF-" in head[: PDF_LEAD + 5]:
        return Kind.PDF
    return _of_text(head)


def other_name(head: bytes) -> str:
    """An ending that goes with content of Kind.OTHER, such as "mp4"; empty if none is known."""
    # Its table takes 50 ms to load, which each child would pay for.
    import puremagic

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    return found[0].extension.removeprefix(".") if found else ""


def oddities(kind: Kind, head: bytes, tail: bytes) -> list[Finding]:
    """What is wrong with a file of this kind by its first and last bytes: a second kind of
    content, something before the first, a missing end.
    """
    if kind is Kind.PDF:
        return _of_pdf(head, tail)
    if kind in PICTURES:
        if is_zip_end(tail):
            return [_two(kind, Kind.ZIP)]
        if b"%PDF-" in head[:PDF_LEAD]:
            return [_two(kind, Kind.PDF)]
        if is_html(head[:PDF_LEAD]) or is_html(tail[-PDF_LEAD:]):
            return [_two(kind, Kind.HTML)]
    if kind is Kind.RAR and _is_rar_encrypted(head):
        return [Finding(Verdict.ENCRYPTED, {"kind": kind})]
    if kind is Kind.SEVEN_ZIP and b"\x06\xf1\x07\x01" in tail:
        # The coder "7zAES"; the list of an archive's coders stands at its end.
        return [Finding(Verdict.ENCRYPTED, {"kind": kind})]
    if kind is Kind.TEXT and is_zip_end(tail):
        return [_two(kind, Kind.ZIP)]
    return []


def is_zip_end(tail: bytes) -> bool:
    """Whether the end record of a ZIP stands in a file's last bytes.

    Programs that unpack take it whatever it says of the number of entries and of the comment, and
    whatever follows it.
    """
    at = tail.find(ZIP_END)
    while 0 <= at <= len(tail) - ZIP_END_BYTES:
        size = int.from_bytes(tail[at + 12 : at + 16], "little")
        if size > at or b"PK\x01\x02" in tail[:at]:
            return True
        at = tail.find(ZIP_END, at + 1)
    return False


def is_html(data: bytes) -> bool:
    """Whether a web page begins in these bytes."""
    return _HTML.search(data) is not None


def _two(kind: Kind, other: Kind) -> Finding:
    return Finding(Verdict.TWO_KINDS, {"kind": kind, "other": other})


def _is_dos_program(head: bytes) -> bool:
    """PE, NE and LE are named at the offset in bytes 60–63; older ones have a header that fits
    together. Two letters alone are no proof: encrypted bids begin with any.
    """
    at = program_offset(head)
    if head[at : at + 2] in {b"PE", b"NE", b"LE"}:
        return True
    last, pages = int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:6], "little")
    paragraphs = int.from_bytes(head[8:10], "little")
    return last < 512 and 0 < pages < 2048 and 2 <= paragraphs <= pages * 32


def program_offset(head: bytes) -> int:
    """Where a file that begins with MZ says that its Windows part begins; 0 where it does not."""
    return int.from_bytes(head[60:64], "little") if head.startswith(b"MZ") else 0


def _of_text(head: bytes) -> Kind:
    text = _text(head)
    if text is None:
        return Kind.HTML if _HTML.search(head[:PDF_LEAD]) else Kind.OTHER
    if _SHORTCUT.match(text):
        return Kind.SHORTCUT
    if _SCRIPT.match(text):
        return Kind.SCRIPT
    return Kind.HTML if _HTML.search(text[:PDF_LEAD].encode("utf-8", "ignore")) else Kind.TEXT


def _text(head: bytes) -> str | None:
    """The head as text, or None where it is none."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, "ignore")
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            # The last character may be cut.
            text = decoder.decode(head)
        except UnicodeDecodeError:
            continue
        return None if _TEXT_CONTROLS.search(text) or not text.strip() else text
    return None


def _of_pdf(head: bytes, tail: bytes) -> list[Finding]:
    at = head.find(b"%PDF-")
    lead = head[:at].removeprefix(codecs.BOM_UTF8).strip()
    if is_html(head[:PDF_LEAD]):
        return [_two(Kind.PDF, Kind.HTML)]
    if lead:
        return [Finding(Verdict.LEADING_BYTES, {"kind": Kind.PDF})]
    end = tail.rfind(b"%%EOF")
    if is_zip_end(tail[max(0, end) :]):
        return [_two(Kind.PDF, Kind.ZIP)]
    if end < 0:
        return [Finding(Verdict.TRUNCATED, {"kind": Kind.PDF})]
    if is_html(tail[end:]):
        return [_two(Kind.PDF, Kind.HTML)]
    return []


def _is_rar_encrypted(head: bytes) -> bool:
    if head.startswith(b"Rar!\x1a\x07\x01\0"):
        # Checksum (4), size (1–3, 7 bits each), then the type: 4 is the encryption header.
        at = 12
        while at < 15 and head[at : at + 1] >= b"\x80":
            at += 1
        return head[at + 1 : at + 2] == b"\x04"
    flags = int.from_bytes(head[10:12], "little")
    archive_size = int.from_bytes(head[12:14], "little")
    file_at = 7 + archive_size
    file_flags = int.from_bytes(head[file_at + 3 : file_at + 5], "little")
    return bool(flags & 0x0080) or (
        head[file_at + 2 : file_at + 3] == b"\x74" and bool(file_flags & 0x0004)
    )
