"""Telling what kind of file this is, by its first bytes and, of a ZIP, by what it holds.

The table is short on purpose: what it does not know is ``application/octet-stream``. PDF: ISO
32000-1, 7.5.2; ZIP: APPNOTE 4.3; OFD: GB/T 33190, 7.1 (a ZIP with ``OFD.xml`` at its root); OOXML:
ECMA-376 part 2.
"""

import re
import zipfile
from typing import BinaryIO

from kiosk.zip_list import ListTooLong, open_zip

UNKNOWN = "application/octet-stream"
PDF = "application/pdf"
OFD = "application/ofd"
ZIP = "application/zip"

_HEAD = 1024
"""A PDF may have as much before its header."""
_OOXML = "application/vnd.openxmlformats-officedocument."
_IN_ZIP = (
    (r"OFD\.xml", OFD),
    # Word on the web numbers it: document2.xml.
    (r"word/document\d{0,3}\.xml", f"{_OOXML}wordprocessingml.document"),
    (r"xl/workbook\d{0,3}\.xml", f"{_OOXML}spreadsheetml.sheet"),
    (r"xl/workbook\.bin", "application/vnd.ms-excel.sheet.binary.macroenabled.12"),
    (r"ppt/presentation\d{0,3}\.xml", f"{_OOXML}presentationml.presentation"),
)
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"{\\rtf", "application/rtf"),
)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_MAX_DIRECTORY = 8 * 1024 * 1024
"""Bytes of a ZIP's list of contents that are read; with more it is just a ZIP."""


def media_type(file: BinaryIO) -> str:
    """Name the kind of a file's content; moves its position."""
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(_ZIP_MAGIC):
        return _of_zip(file)
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return PDF if b"%PDF-" in head else UNKNOWN


def _of_zip(file: BinaryIO) -> str:
    try:
        with open_zip(file, _MAX_DIRECTORY) as archive:
            held = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, ListTooLong):
        return ZIP
    for path, name in _IN_ZIP:
        if any(re.fullmatch(path, each) for each in held):
            return name
    return ZIP
