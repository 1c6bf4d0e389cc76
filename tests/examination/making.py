"""Files of the kinds that are handed in, made from nothing: sound ones and parts of bad ones."""

import io
import random
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


def acting_pdf(
    catalog: bytes, held: bytes = b"", *, pages: bytes = b"", more: bytes = b""
) -> bytes:
    """A PDF of one page with more in its catalog; object 4 is the stream `held`."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]%s>>" % pages,
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(held), more, held),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places)
    return out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start


def attaching_pdf(name: str, data: bytes, *, more: bytes = b"") -> bytes:
    """A PDF with a file attached to it."""
    named = name.encode("ascii")
    tree = b"/Names<</EmbeddedFiles<</Names[(%s)<</Type/Filespec/F(%s)/EF<</F 4 0 R>>>>]>>>>"
    return acting_pdf(tree % (named, named), data, more=b"/Type/EmbeddedFile" + more)


def packed_twice(action: bytes) -> bytes:
    """A PDF whose action on opening lies in an object stream, packed in a rare way."""
    hexed = zlib.compress(b"9 0 " + action).hex().encode() + b">"
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 9 0 R>>",
        2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        4: b"<</Type/ObjStm/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]/Length %d>>stream\n"
        b"%s\nendstream" % (len(hexed), hexed),
    }
    out, rows = b"%PDF-1.7\n", [b"\0\0\0\0"]
    for number, body in objects.items():
        rows.append(struct.pack(">BHB", 1, len(out), 0))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows += [struct.pack(">BHB", 1, len(out), 0), struct.pack(">BHB", 2, 4, 0)]
    table = b"".join(rows)
    head = b"<</Type/XRef/Size 10/Root 1 0 R/W[1 2 1]/Index[0 6 9 1]/Length %d>>" % len(table)
    return out + b"5 0 obj\n%sstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        head,
        table,
        len(out),
    )


def packed_objects(objects: bytes, catalog: bytes = b"") -> bytes:
    """A PDF with an object stream that holds object 9, behind its catalog."""
    packed = zlib.compress(b"9 0 " + objects)
    return acting_pdf(catalog, packed, more=b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode")


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


def lying_zip(data: bytes, *, size: int | None = None, checksum: bytes = b"") -> bytes:
    """A ZIP whose only entry unpacks to `data`, and says that it had `size` bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    told = len(packed) if size is None else size
    return one_entry(b"a.txt", packed, method=8, size=told, checksum=zlib.crc32(checksum))


def one_entry(
    name: bytes,
    data: bytes,
    *,
    method: int = 0,
    size: int | None = None,
    checksum: int | None = None,
    extra: bytes = b"",
    system: int = 0,
    gap: bytes = b"",
) -> bytes:
    """A ZIP by hand, with one entry; `gap` stands between the entry and the list."""
    told = len(data) if size is None else size
    summed = zlib.crc32(data) if checksum is None else checksum
    rest = (summed, len(data), told, len(name), len(extra))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, method, 0, 0, *rest)
    body = local + name + extra + data + gap
    entry = struct.pack(
        "<4s2B5H3L5H2L", b"PK\x01\x02", 20, system, 20, 0, method, 0, 0, *rest, 0, 0, 0, 0, 0
    )
    entry += name + extra
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(body), 0)
    return body + entry + end


def unicode_path(raw: bytes, name: str) -> bytes:
    """The extra field by which Info-ZIP tells another name than the header's."""
    told = name.encode()
    return struct.pack("<HHBL", 0x7075, 5 + len(told), 1, zlib.crc32(raw)) + told


class _Pipe(io.RawIOBase):
    """Written from the front to the end only."""

    def __init__(self) -> None:
        self.written = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.written += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def streamed_zip(entries: Mapping[str, bytes]) -> bytes:
    """A ZIP with the sizes behind the entries, as macOS and programs that stream write it."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return pipe.written


def ending_with(data: bytes, *, count: int | None = None, comment: int | None = None) -> bytes:
    """The ZIP with other numbers in its end record."""
    at = data.rindex(b"PK\x05\x06")
    out = bytearray(data)
    if count is not None:
        out[at + 8 : at + 12] = struct.pack("<2H", count, count)
    if comment is not None:
        out[at + 20 : at + 22] = struct.pack("<H", comment)
    return bytes(out)


def relations(kind: str, target: str) -> str:
    """The relations of a part of an Office document: one, to something elsewhere."""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )


def types(part: str, content_type: str) -> str:
    """A list of content types with one part in it."""
    return CONTENT_TYPES.replace(
        "/>", f'><Override PartName="{part}" ContentType="{content_type}"/></Types>'
    )


def film(size: int) -> bytes:
    """The short film that phones put behind a photograph; nothing in it ends a picture."""
    return (
        struct.pack(">L", 24)
        + b"ftypmp42"
        + bytes(12)
        + struct.pack(">L", size)
        + b"mdat"
        + random.Random(7).randbytes(size).replace(b"\xff", b"\xfe")
    )


def overlapping_zip(count: int = 200) -> bytes:
    """Many entries in the list of contents that all stand for the same bytes."""
    whole = zipped({"a.txt": b"0" * 1_000_000})
    start = whole.index(b"PK\x01\x02")
    entry = whole[start : whole.index(b"PK\x05\x06")]
    directory = b"".join(entry.replace(b"a.txt", b"%05d" % number) for number in range(count))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return whole[:start] + directory + end


def zip64(
    data: bytes, *, count: int = 1, length: int | None = None, small: bool = True, moved: int = 0
) -> bytes:
    """The ZIP with a large end record before its end, which tells of so many bytes of directory.

    `small`: the end itself tells the true numbers too; `moved`: how far off the locator points.
    """
    start, at = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    told = at - start if length is None else length
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, told, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at + moved, 1)
    end = data[at:] if small else data[at : at + 8] + b"\xff" * 12 + b"\0\0"
    return data[:at] + large + locator + end


def two_ends(data: bytes) -> bytes:
    """The ZIP with a comment that holds a list of contents and an end of its own."""
    start, at = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    directory, end = data[start:at], bytearray(data[at:])
    end[16:20] = struct.pack("<L", len(data))
    return data[:-2] + struct.pack("<H", len(directory) + len(end)) + directory + end


def behind(prefix: bytes, entries: Mapping[str, bytes | str]) -> bytes:
    """A ZIP behind other bytes; offsets in it count from the file's beginning."""
    out = io.BytesIO(prefix)
    with zipfile.ZipFile(out, "a") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


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


def vsdx(more: Mapping[str, bytes | str] | None = None) -> bytes:
    """A Visio drawing."""
    root = '<VisioDocument xmlns="http://schemas.microsoft.com/office/visio/2012/main"/>'
    return zipped(
        {"[Content_Types].xml": CONTENT_TYPES, "visio/document.xml": root, **(more or {})}
    )


def ofd(more: Mapping[str, bytes | str] | None = None) -> bytes:
    """An OFD document."""
    document = '<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"/>'
    return zipped({"OFD.xml": OFD_XML, "Doc_0/Document.xml": document, **(more or {})})


def ole(
    parts: Mapping[str, bytes], small: Mapping[str, bytes] | None = None, *, gap: bool = False
) -> bytes:
    """A compound file of version 3; parts of `small` lie in its mini stream, below 4096 bytes.

    `gap`: between the first sector of a part and its others lies one of no part.
    """
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    bodies = {name: data.ljust(4096, b"\0") for name, data in parts.items()}
    minis, mini_fat, held = b"", list[int](), []
    for name, data in (small or {}).items():
        held.append((name, 2, len(mini_fat), len(data)))
        minis += data + bytes(-len(data) % 64)
        mini_fat += [*range(len(mini_fat) + 1, len(minis) // 64), end]
    blocks = [data + bytes(-len(data) % 512) for data in bodies.values()]
    if small:
        blocks += [minis + bytes(-len(minis) % 512)]
        blocks += [struct.pack("<128L", *mini_fat, *[free] * (128 - len(mini_fat)))]
    chain, starts = [0xFFFFFFFD, end], []
    for block in blocks:
        first = len(chain)
        starts.append(first)
        chain += [first + 2, free] if gap else []
        chain += [*range(len(chain) + 1, first + gap + len(block) // 512), end]
    root = ("Root Entry", 5, starts[-2] if small else end, len(minis))
    sizes = [
        (name, 2, at, len(data)) for (name, data), at in zip(bodies.items(), starts, strict=False)
    ]
    entries = [root, *sizes, *held]
    while len(entries) % 4:
        entries.append(("", 0, 0, 0))
    more = len(entries) // 4 - 1
    if more:
        chain[1] = len(chain)
        chain += [*range(len(chain) + 1, len(chain) + more), end]
    fat = struct.pack("<128L", *chain, *[free] * (128 - len(chain)))
    directory = b""
    for name, kind, begin, size in entries:
        raw = name.encode("utf-16-le")
        length = len(raw) + 2 if name else 0
        directory += raw.ljust(64, b"\0") + struct.pack("<HBB3L", length, kind, 1, free, free, free)
        directory += bytes(36) + struct.pack("<LQ", begin, size)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<5L", 0, 1, 1, 0, 4096)
    header += struct.pack("<4L", starts[-1] if small else end, bool(small), end, 0)
    header += struct.pack("<109L", 0, *[free] * 108)
    return (
        header
        + fat
        + directory[:512]
        + b"".join(block[:512] + bytes(512) + block[512:] if gap else block for block in blocks)
        + directory[512:]
    )


def package(name: str, data: bytes) -> bytes:
    """The part of a document in which a file is packed up ("insert object, from file")."""
    label, place = name.encode("gbk"), f"C:\\Users\\li\\{name}".encode("gbk")
    body = struct.pack("<H", 2) + label + b"\0" + place + b"\0" + struct.pack("<L", 0x30000)
    body += struct.pack("<L", len(place) + 1) + place + b"\0" + struct.pack("<L", len(data)) + data
    return struct.pack("<L", len(body)) + body


def word(flags: int = 0) -> bytes:
    """The beginning of a WordDocument part (FibBase); bit 0 of `flags`: encrypted."""
    return struct.pack("<5HB", 0xA5EC, 0xC1, 0, 0x0804, 0, 0) + bytes([flags]) + bytes(500)


def workbook(*, locked: bool = False, macro_sheet: bool = False) -> bytes:
    """The beginning of a Workbook part."""
    begin = struct.pack("<HH16x", 0x0809, 16)
    if not locked:
        begin += struct.pack("<HH200x", 0x31, 200)
        begin += struct.pack("<HHLBBBB", 0x85, 8, 0, 0, int(macro_sheet), 0, 0)
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
