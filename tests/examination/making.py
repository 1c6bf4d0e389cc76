"""Files of the kinds that are handed in, made from nothing: sound ones and parts of bad ones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from fpdf import FPDF
from fpdf.encryption import EncryptionMethod
from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NOT_DOS = b"\xff" * 58
PE = b"MZ" + bytes(58) + struct.pack("<L", 64) + b"PE\0\0" + bytes(400)
FAR_PE = b"MZ" + NOT_DOS + struct.pack("<L", 20_000) + bytes(19_936) + b"PE\0\0" + bytes(400)
DOS = b"MZ" + struct.pack("<5H", 0x90, 3, 0, 4, 0) + bytes(1400)
ELF = b"\x7fELF\x02\x01\x01" + bytes(400)
LNK = b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + bytes(100)
RAR5_ENCRYPTED = b"Rar!\x1a\x07\x01\0" + bytes(4) + b"\x21\x04\0" + bytes(60)
RAR5 = b"Rar!\x1a\x07\x01\0" + bytes(4) + b"\x0a\x01\0" + bytes(60)
RAR4_ENCRYPTED = b"Rar!\x1a\x07\0" + b"\0\0\x73\x80\0\x0d\0" + bytes(60)
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(60)
SEVEN_ZIP_ENCRYPTED = SEVEN_ZIP + b"\x17\x06\x01\x06\xf1\x07\x01" + bytes(9)

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
)
OFD_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0" DocType="OFD">'
    "<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
)


def pdf(pages: int = 2, inside: bytes = b"") -> bytes:
    """A PDF; `inside` stands in a stream that no page uses, as an attachment does."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>"
        % (pages, b" ".join(b"%d 0 R" % (4 + at) for at in range(pages))),
        b"<</Length %d>>stream\n%s\nendstream" % (len(inside), inside),
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * pages,
    ]
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def locked_pdf(user: str) -> bytes:
    """A PDF with a password for changing it, and one for opening it unless `user` is empty."""
    document = FPDF()
    document.add_page()
    document.set_encryption("owner", user, encryption_method=EncryptionMethod.AES_128)
    return bytes(document.output())


def zipped(
    entries: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED, prefix: bytes = b""
) -> bytes:
    """A ZIP; offsets in it count from the end of `prefix`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return prefix + out.getvalue()


def with_attributes(name: str, data: bytes, mode: int) -> bytes:
    """A ZIP whose only entry has a mode of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, mode << 16
        archive.writestr(entry, data)
    return out.getvalue()


def patched(data: bytes, magic: bytes, offset: int, value: bytes) -> bytes:
    """The bytes with `value` at `offset` from each place where `magic` begins."""
    out = bytearray(data)
    at = data.find(magic)
    while at >= 0:
        out[at + offset : at + offset + len(value)] = value
        at = data.find(magic, at + 4)
    return bytes(out)


def encrypted_zip(data: bytes) -> bytes:
    """A ZIP that says of its entries that they are encrypted."""
    return patched(patched(data, b"PK\x01\x02", 8, b"\x01\0"), b"PK\x03\x04", 6, b"\x01\0")


def overlapping_zip(count: int = 200) -> bytes:
    """Many entries in the list of contents that all stand for the same bytes."""
    whole = zipped({"a.txt": b"0" * 1_000_000})
    start = whole.index(b"PK\x01\x02")
    entry = whole[start : whole.index(b"PK\x05\x06")]
    directory = b"".join(entry.replace(b"a.txt", b"%05d" % number) for number in range(count))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return whole[:start] + directory + end


def crowded_zip(count: int) -> bytes:
    """A ZIP with so many entries."""
    return zipped({f"{number}": b"" for number in range(count)}, method=zipfile.ZIP_STORED)


def docx(more: Mapping[str, bytes | str] | None = None) -> bytes:
    """A Word document."""
    root = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
    return zipped({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": root, **(more or {})})


def xlsx(more: Mapping[str, bytes | str] | None = None) -> bytes:
    """An Excel workbook."""
    root = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    return zipped({"[Content_Types].xml": CONTENT_TYPES, "xl/workbook.xml": root, **(more or {})})


def ofd(more: Mapping[str, bytes | str] | None = None) -> bytes:
    """An OFD document."""
    document = '<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"/>'
    return zipped({"OFD.xml": OFD_XML, "Doc_0/Document.xml": document, **(more or {})})


def ole(parts: Mapping[str, bytes]) -> bytes:
    """A compound file of version 3 whose parts have at most one sector each."""
    sector, free, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    entries = [("Root Entry", 5, end, 0)]
    entries += [(name, 2, 2 + at, len(data)) for at, (name, data) in enumerate(parts.items())]
    while len(entries) % 4:
        entries.append(("", 0, 0, 0))
    more = len(entries) // 4 - 1
    chain = [0xFFFFFFFD, end if not more else 2 + len(parts), *[end] * len(parts)]
    chain += [2 + len(parts) + at + 1 for at in range(more - 1)] + [end] * bool(more)
    fat = struct.pack("<128L", *chain, *[free] * (128 - len(chain)))
    directory = b""
    for name, kind, start, size in entries:
        raw = name.encode("utf-16-le")
        length = len(raw) + 2 if name else 0
        directory += raw.ljust(64, b"\0") + struct.pack("<HBB3L", length, kind, 1, free, free, free)
        directory += bytes(36) + struct.pack("<LQ", start, size)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9L", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109L", 0, *[free] * 108)
    bodies = b"".join(data.ljust(sector, b"\0")[:sector] for data in parts.values())
    return header + fat + directory[:sector] + bodies + directory[sector:]


def word(flags: int = 0) -> bytes:
    """The beginning of a WordDocument part (FibBase); bit 0 of `flags`: encrypted."""
    return struct.pack("<5HB", 0xA5EC, 0xC1, 0, 0x0804, 0, 0) + bytes([flags]) + bytes(500)


def workbook(*, locked: bool = False) -> bytes:
    """The beginning of a Workbook part."""
    begin = struct.pack("<HH16x", 0x0809, 16)
    return begin + (struct.pack("<HH54x", 0x2F, 54) if locked else struct.pack("<HH", 0x0A, 0))


def picture(
    form: str, size: tuple[int, int] = (320, 200), *, mode: str = "RGB", **options: object
) -> bytes:
    """A picture in one of Pillow's formats."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(out, form, **options)
    return out.getvalue()


def wide_png(width: int, height: int) -> bytes:
    """A PNG that says it has so many pixels, and has none."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))
        )

    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def sparse(path: Path, size: int, head: bytes = b"", tail: bytes = b"") -> None:
    """A file that is a hole between its beginning and its end."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size - len(tail))
        file.seek(size - len(tail))
        file.write(tail)
