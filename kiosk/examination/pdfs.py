"""What a PDF does besides showing pages, and what it holds. Reads hostile bytes: runs in the child.

ISO 32000-1: 7.3.5 (names), 7.5.5 (trailer), 7.5.6 (incremental updates), 7.5.7 (object streams),
12.6.4.5 (launch actions), 12.6.4.16 (JavaScript). All bytes are looked through, in whatever order
the document uses them, and what its object streams unpack to. Where that is not enough, because it
is encrypted or packed in a rare way, pdfium writes it out in plain and that is looked through.
"""

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from kiosk.examination.foreign import archive_kind, foreign_kind, zip_inside
from kiosk.examination.holding import Holding, Look, Wrong
from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Grade, Verdict
from kiosk.examination.window import window

PIECE = 1 << 20
MAX_PACKED = 4 << 20
"""Bytes of a packed object stream, or of what it unpacks to; they have some 20,000."""
_KEPT = 2048
"""Bytes that two pieces share: the dictionary before a stream lies within them."""
_SPACES = re.compile(rb"[\0\t\n\x0c\r ]*")
_END, _PLACE = b"%%EOF", re.compile(rb"startxref[\0\t\n\x0c\r ]+\d{1,12}(?!\d)")
_GOES_ON = re.compile(
    rb"\d{1,10}[\0\t\n\x0c\r ]+\d{1,5}[\0\t\n\x0c\r ]+obj|xref|startxref|trailer|endstream|endobj"
)
"""What follows an end in the middle of a file: the next update, or the rest of a stream."""
_STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_FLATE_ONLY = re.compile(
    rb"/Filter\s*(?:/Fl(?:ateDecode)?|\[\s*/Fl(?:ateDecode)?\s*\])(?![A-Za-z])"
)


def _name(text: str) -> bytes:
    """A pattern for a name in any spelling: each of its bytes may be written as #hh."""
    return b"".join(b"(?:%c|#%x[%x%X])" % (c, c >> 4, c & 15, c & 15) for c in text.encode("ascii"))


_LAUNCH, _SCRIPT, _PACKED, _LOCKED = "Launch", "JavaScript", "ObjStm", "Encrypt"
_HELD = ("EmbeddedFile", "FileAttachment")
_NAMES = re.compile(
    b"/(?:" + b"|".join(map(_name, (_LAUNCH, _SCRIPT, _PACKED, _LOCKED, *_HELD))) + b")"
)


class _Seen:
    """What was found in the bytes so far."""

    def __init__(self) -> None:
        self.names = set[str]()
        self.unread = False
        """Whether there are objects that could not be looked at."""
        self.other: Kind | None = None
        """What stands between or behind the document's parts."""
        self.archive: Kind | None = None
        """What stands anywhere in it and is opened wherever it begins."""

    def look_through(self, data: bytes) -> None:
        """Take in the names of objects that were unpacked."""
        self.names.update(map(_plain, _NAMES.findall(data)))


def examine_pdf(file: BinaryIO, holding: Holding, look: Look) -> list[Finding]:
    """What a PDF does and holds; whether its pages can be read is for the PDF reader to say."""
    try:
        file.seek(0)
        seen = _look_through(file)
        if seen.other is not None:
            raise Wrong(Verdict.TWO_KINDS, kind=Kind.PDF, other=seen.other)
        _check_zip(file, holding, look)
        if seen.unread or _LOCKED in seen.names:
            _write_plain(file, seen)
        if _LAUNCH in seen.names:
            raise Wrong(Verdict.STARTS_OTHERS, kind=Kind.PDF)
        if not seen.names.isdisjoint(_HELD):
            _check_attachments(file, holding)
        if seen.archive is not None:
            raise Wrong(Verdict.TWO_KINDS, kind=Kind.PDF, other=seen.archive)
        if _SCRIPT in seen.names:
            holding.remarks.add(Verdict.SCRIPTS)
    except Wrong as wrong:
        return [wrong.finding]
    return []


def _write_plain(file: BinaryIO, seen: _Seen) -> None:
    # pdfium takes 0.1 s to load, and few documents need it here.
    from kiosk.examination.pdf_unpacking import write_plain

    if not write_plain(file, seen.look_through):
        raise Wrong(Verdict.NOT_EXAMINABLE)


def _check_attachments(file: BinaryIO, holding: Holding) -> None:
    from kiosk.examination.pdf_unpacking import attachments

    for name, held in attachments(file):
        holding.judge_name(name, Kind.PDF)
        holding.judge(name, held, Kind.PDF)


def _look_through(file: BinaryIO) -> _Seen:
    seen, data, cut, done, outside = _Seen(), b"", 0, 0, None
    whole = False
    while not whole:
        piece = file.read(PIECE)
        whole = not piece
        kept = data[cut:]
        data = kept + piece
        seen.archive = seen.archive or archive_kind(data)
        before, done, keep = done - cut, len(data), len(data) - _KEPT
        for match in _NAMES.finditer(data):
            if match.end() <= before:
                continue
            name = _plain(match.group())
            seen.names.add(name)
            if name == _PACKED and not _unpack(data, match.start(), seen, whole=whole):
                done, keep = match.start(), match.start() - _KEPT
                break
        if outside is not None:
            outside = max(0, outside - cut)
        outside = _look_between(data, len(kept), outside, seen)
        cut = max(0, min(keep, len(data) - _KEPT))
    return seen


def _look_between(data: bytes, fresh: int, outside: int | None, seen: _Seen) -> int | None:
    """Look at what stands behind an end of the document and belongs to nothing.

    `outside`: where such bytes begin; where they begin that reach the end of `data`, or None.
    """
    ends = [(at, at + len(_END)) for at in _places(data, _END)]
    ends += [(match.start(), match.end()) for match in _PLACE.finditer(data)]
    for begin, end in sorted(ends):
        if end <= fresh:
            continue
        if outside is not None:
            seen.other = seen.other or foreign_kind(data[outside:begin])
        found = _SPACES.match(data, end)
        follows = end if found is None else found.end()
        is_place = data[begin : begin + 1] != _END[:1]
        belongs = data.startswith(_END, follows) if is_place else _GOES_ON.match(data, follows)
        outside = None if belongs else follows
    if outside is not None:
        seen.other = seen.other or foreign_kind(data[outside:])
    return outside


def _places(data: bytes, what: bytes) -> Iterator[int]:
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)


def _plain(name: bytes) -> str:
    """A name in its plain spelling, without its slash."""
    spelt = _ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), name)
    return spelt[1:].decode("ascii", "replace")


def _unpack(data: bytes, at: int, seen: _Seen, *, whole: bool) -> bool:
    """Look through the object stream in whose dictionary `at` lies; False where it goes on.

    `whole`: no more bytes follow.
    """
    stream = _STREAM.search(data, at, at + _KEPT)
    if stream is None:
        # Such words also stand in texts.
        return whole or len(data) >= at + _KEPT
    end = data.find(b"endstream", stream.end(), stream.end() + MAX_PACKED)
    if end < 0:
        end = min(len(data), stream.end() + MAX_PACKED)
        if end == len(data) and not whole:
            return False
    begin = max(0, data.rfind(b"obj", max(0, at - _KEPT), at))
    dictionary = _ESCAPE.sub(
        lambda match: bytes([int(match.group(1), 16)]), data[begin : stream.start()]
    )
    if b"/Filter" not in dictionary:
        return True
    if not _FLATE_ONLY.search(dictionary) or b"/Predictor" in dictionary:
        seen.unread = True
        return True
    inflater = zlib.decompressobj()
    try:
        seen.look_through(inflater.decompress(data[stream.end() : end], MAX_PACKED))
    except zlib.error:
        seen.unread = True
    seen.unread |= not inflater.eof
    return True


def _check_zip(file: BinaryIO, holding: Holding, look: Look) -> None:
    """What can be opened as a ZIP is attached to the document, and is sound."""
    inside = zip_inside(file)
    if inside is None:
        return
    file.seek(max(0, inside.start - 8))
    before = file.read(min(8, inside.start))
    file.seek(inside.end)
    if not before.rstrip(b"\r\n").endswith(b"stream") or not file.read(32).lstrip().startswith(
        b"endstream"
    ):
        raise Wrong(Verdict.TWO_KINDS, kind=Kind.PDF, other=Kind.ZIP)
    attached = window(file, inside.start, inside.end - inside.start)
    _, findings = look(attached, Kind.ZIP, holding.deeper())
    for finding in findings:
        if finding.grade is Grade.REFUSED:
            raise Wrong(finding.verdict, **finding.facts)
