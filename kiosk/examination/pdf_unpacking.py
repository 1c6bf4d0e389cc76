"""What pdfium can say of a PDF besides its pages. Reads hostile bytes: runs in the child."""

import ctypes
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from kiosk.examination.holding import Wrong
from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Verdict

MAX_ATTACHMENTS = 1000
MAX_ATTACHED = 24_000_000
"""Bytes of one attachment; pdfium unpacks it whole."""
_KEPT = 64
"""Bytes that two pieces share: a name lies within them."""


class _Listener(io.RawIOBase):
    """Hands on what is written, and keeps none of it."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear, self._kept = hear, b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._kept += piece
        if len(self._kept) > io.DEFAULT_BUFFER_SIZE:
            self.flush_kept()
        return len(piece)

    def flush_kept(self) -> None:
        """Hand on what came last."""
        self._hear(self._kept)
        self._kept = self._kept[-_KEPT:]


def write_plain(file: BinaryIO, hear: Callable[[bytes], None]) -> bool:
    """Write the document without encryption and object streams; False where that cannot be.

    Raises Wrong where it has a password, here and below.
    """
    document = _opened(file)
    if document is None:
        return False
    listener = _Listener(hear)
    flags = pdfium_c.FPDF_NO_INCREMENTAL | pdfium_c.FPDF_REMOVE_SECURITY
    try:
        document.save(listener, flags=flags)
    except pdfium.PdfiumError:
        return False
    finally:
        listener.flush_kept()
        document.close()
    return True


def attachments(file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """Name and bytes of what is attached to the document or to one of its pages."""
    document = _opened(file)
    if document is None:
        return
    try:
        for number, attachment in enumerate(_attached(document)):
            if number >= MAX_ATTACHMENTS:
                raise Wrong(Verdict.NOT_EXAMINABLE)
            yield attachment.get_name(), io.BytesIO(_data(attachment))
    finally:
        document.close()


def _opened(file: BinaryIO) -> pdfium.PdfDocument | None:
    file.seek(0)
    try:
        return pdfium.PdfDocument(file)
    except pdfium.PdfiumError as problem:
        if problem.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise Wrong(Verdict.ENCRYPTED, kind=Kind.PDF) from None
        return None


def _attached(document: pdfium.PdfDocument) -> Iterator[pdfium.PdfAttachment]:
    for index in range(document.count_attachments()):
        yield document.get_attachment(index)
    for number in range(len(document)):
        page = pdfium_c.FPDF_LoadPage(document, number)
        if not page:
            continue
        try:
            for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
                note = pdfium_c.FPDFPage_GetAnnot(page, index)
                held = pdfium_c.FPDFAnnot_GetFileAttachment(note) if note else None
                if held:
                    yield pdfium.PdfAttachment(held, document)
                if note:
                    pdfium_c.FPDFPage_CloseAnnot(note)
        finally:
            pdfium_c.FPDF_ClosePage(page)


def _data(attachment: pdfium.PdfAttachment) -> bytes:
    size = ctypes.c_ulong()
    if not pdfium_c.FPDFAttachment_GetFile(attachment, None, 0, size):
        return b""
    if size.value > MAX_ATTACHED:
        raise Wrong(Verdict.NOT_EXAMINABLE)
    buffer = (ctypes.c_char * size.value)()
    pdfium_c.FPDFAttachment_GetFile(attachment, buffer, size.value, size)
    return bytes(buffer)
