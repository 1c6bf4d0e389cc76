"""PDF files for tests: sound ones and hostile ones."""

import random
import zlib

from fpdf import FPDF
from fpdf.enums import AccessPermission

A4 = (595.28, 841.89)


def sound(pages: int = 3, *, password: str = "") -> bytes:
    """A4 pages; each is white with a black square of 40 mm in its top left corner."""
    sheet = FPDF(format="A4")
    for number in range(pages):
        sheet.add_page(orientation="landscape" if number == 1 else "portrait")
        sheet.set_fill_color(0, 0, 0)
        sheet.rect(0, 0, 40, 40, style="F")
    if password:
        sheet.set_encryption("owner", password, permissions=AccessPermission.none())
    return bytes(sheet.output())


def raw(
    content: bytes = b"",
    *,
    box: bytes = b"0 0 595 842",
    kids: int = 1,
    more: bytes = b"",
) -> bytes:
    """A file written by hand: `kids` times the same page; `more` describes its content."""
    page = b"3 0 R " * kids
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (page, kids),
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<<>>>>" % box,
        b"<</Length %d%s>>stream\n" % (len(content), more) + content + b"\nendstream",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        start,
    )


def tangle(lines: int) -> bytes:
    """A page that takes long to draw."""
    chance = random.Random(1)
    return raw(
        b"".join(
            b"%d %d m %d %d l S\n" % tuple(chance.randrange(800) for _ in range(4))
            for _ in range(lines)
        )
    )


def swelling(megabytes: int) -> bytes:
    """A page whose content is so large when unpacked, and nothing before."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(megabytes))
    return raw(packed + packer.flush(), more=b"/Filter/FlateDecode")
