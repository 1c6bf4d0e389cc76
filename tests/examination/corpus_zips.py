"""ZIPs that are to be refused: bombs, paths, programs, and such as lie about themselves."""

import zipfile

from kiosk.examination.verdict import Verdict as V
from tests.examination import making
from tests.examination.cases import NOISE, case

LONG_NAMES = making.zipped({f"{at:060000}": b"" for at in range(80)}, method=zipfile.ZIP_STORED)
MANY_ZEROS = making.zipped({f"{at}.txt": bytes(8_000_000) for at in range(10)})

ZIPS = [
    case("bomb", "资料.zip", MANY_ZEROS, V.ZIP_BOMB),
    case("bomb in a Word document", "招标.docx",
          making.docx({"word/media/a": bytes(80_000_000)}), V.ZIP_BOMB),
    case("bomb of overlapping entries", "资料.zip", making.overlapping_zip(), V.ZIP_BOMB),
    case("three entries that share their bytes", "资料.zip", making.overlapping_zip(3),
          V.ZIP_BOMB),
    case("bomb of 20,000 entries", "资料.zip", making.crowded_zip(20_000), V.ZIP_BOMB),
    case("bomb of long names", "资料.zip", LONG_NAMES, V.ZIP_BOMB),
    case("bomb of long names, told by the large end", "资料.zip",
          making.zip64(LONG_NAMES, count=80, small=False), V.ZIP_BOMB),
    case("ZIP whose two ends disagree", "资料.zip",
          making.zip64(making.zipped({"a": "a"}), count=2), V.DAMAGED),
    case("ZIP whose large end is elsewhere", "资料.zip",
          making.zip64(making.zipped({"a": "a"}), moved=-8, small=False), V.DAMAGED),
    case("ZIP with two lists of contents", "资料.zip",
          making.two_ends(making.zipped({"a": "a"})), V.DAMAGED),
    case("bomb that lies about its size", "资料.zip", making.patched(making.patched(
        making.zipped({"a.txt": NOISE[:99_999]}), b"PK\x01\x02", 24, b"\x01\0\0\0"),
        b"PK\x03\x04", 22, b"\x01\0\0\0"), V.ZIP_BOMB),
    case("ZIP in a ZIP", "资料.zip", making.zipped({"a.zip": making.zipped({"b.txt": "b"})}),
          V.ZIP_NESTED),
    case("ZIP in a ZIP by another name", "资料.zip",
          making.zipped({"a.pdf": making.zipped({"b.txt": "b"})}), V.ZIP_NESTED),
    case("bomb in a ZIP", "资料.zip", making.zipped({"a.zip": MANY_ZEROS}), V.ZIP_BOMB),
    case("RAR in a ZIP", "资料.zip", making.zipped({"a.rar": making.RAR5}), V.ZIP_NESTED),
    case("ZIP that climbs", "资料.zip", making.zipped({"../../etc/cron.d/x": "x"}), V.ZIP_PATH),
    case("ZIP that climbs by backslash", "资料.zip", making.zipped({"a\\..\\..\\x": "x"}),
          V.ZIP_PATH),
    case("ZIP with an absolute path", "资料.zip", making.zipped({"/etc/passwd": "x"}),
          V.ZIP_PATH),
    case("ZIP with a drive", "资料.zip", making.zipped({"C:/Windows/x": "x"}), V.ZIP_PATH),
    case("ZIP with a control character", "资料.zip", making.zipped({"a\rb.txt": "x"}), V.ZIP_PATH),
    case("ZIP with a turned name", "资料.zip", making.zipped({"a\u202ecod.txt": "x"}),
          V.ZIP_PATH),
    case("Word that climbs", "招标.docx", making.docx({"../x": "x"}), V.ZIP_PATH),
    case("ZIP with a link", "资料.zip", making.with_attributes("a", b"/etc/passwd", 0o120777),
          V.ZIP_LINK),
    case("ZIP with a device", "资料.zip", making.with_attributes("a", b"", 0o020666), V.ZIP_LINK),
    case("ZIP with a program", "资料.zip", making.zipped({"资质/x.pdf.exe": making.PE}),
          V.ZIP_PROGRAM),
    case("ZIP with a program by another name", "资料.zip", making.zipped({"a.pdf": making.PE}),
          V.ZIP_PROGRAM),
    case("Word with a program", "招标.docx", making.docx({"word/embeddings/x.bin": making.PE}),
          V.HELD_PROGRAM),
    case("ZIP with a macro document", "资料.zip",
          making.zipped({"a.docx": making.docx({"word/vbaProject.bin": b"x"})}), V.MACROS),
    case("ZIP with an old macro document", "资料.zip", making.zipped({"a.doc": making.ole(
        {"WordDocument": making.word(), "Macros": b"x"})}), V.MACROS),
    case("Word with macros", "招标.docx", making.docx({"word/vbaProject.bin": b"x"}), V.MACROS),
    case("Excel with macros", "清单.xlsx", making.xlsx({"xl/VBAPROJECT.BIN": b"x"}), V.MACROS),
    case("Word with ActiveX", "招标.docx", making.docx({"word/activeX/activeX1.xml": b"x"}),
          V.MACROS),
    case("ZIP with a password", "资料.zip", making.encrypted_zip(making.zipped({"a": "a"})),
          V.ENCRYPTED),
    case("ZIP with a password, which only the entry tells", "资料.zip", making.patched(
        making.zipped({"a": "a"}), b"PK\x03\x04", 6, b"\x01\0"), V.ENCRYPTED),
    case("OFD with a password", "招标.ofd", making.ofd({"Encryptions.xml": "<a/>"}), V.ENCRYPTED),
    case("self-extracting ZIP", "资料.zip", making.zipped({"a": "a"}, prefix=making.PE),
          V.PROGRAM),
    case("ZIP behind a ZIP's beginning", "资料.zip",
          making.zipped({"a": "a"}, prefix=b"PK\x03\x04" + bytes(60)), V.LEADING_BYTES),
    case("ZIP behind a ZIP's beginning, with offsets from there", "资料.zip",
          making.behind(b"PK\x03\x04" + bytes(60), {"a": "a"}), V.LEADING_BYTES),
    case("ZIP behind other bytes", "资料.zip", making.zipped({"a": "a"}, prefix=bytes(99)),
          V.KIND_DIFFERS),
    case("ZIP cut off", "资料.zip", making.zipped({"a": NOISE[:999]})[:500], V.TRUNCATED),
    case("Word cut off", "招标.docx", making.docx()[:300], V.TRUNCATED),
    case("ZIP of nothing", "资料.zip", making.zipped({}), V.EMPTY),
    case("Word without its text", "招标.docx",
          making.zipped({"[Content_Types].xml": making.CONTENT_TYPES}), V.KIND_DIFFERS),
    case("Word with broken text", "招标.docx", making.docx({"word/document.xml": "<a"}),
          V.DAMAGED),
    case("OFD with an entity bomb", "招标.ofd", making.zipped(
        {"OFD.xml": '<!DOCTYPE a [<!ENTITY b "bb">]><OFD>&b;</OFD>'}), V.DAMAGED),
    case("OFD that is none", "招标.ofd", making.zipped({"OFD.xml": "<html/>"}), V.DAMAGED),
    case("ZIP by a rare method", "资料.zip",
          making.zipped({"a": b"a" * 99}, method=zipfile.ZIP_LZMA), V.NOT_EXAMINABLE),
    case("ZIP whose places disagree", "资料.zip", making.patched(
        making.zipped({"a": b"a" * 99}), b"PK\x03\x04", 22, b"\x07\0\0\0"), V.DAMAGED),
    case("ZIP whose methods disagree", "资料.zip", making.patched(
        making.zipped({"a": b"a" * 99}), b"PK\x03\x04", 8, b"\0\0"), V.DAMAGED),
    case("ZIP whose names disagree", "资料.zip",
          making.zipped({"a.txt": "a", "b.txt": "b"}).replace(b"b.txt", b"b.exe", 1), V.DAMAGED),
    case("ZIP whose names disagree at its end", "资料.zip",
          making.crowded_zip(2_100).replace(b"2099", b"x099", 1), V.DAMAGED),
    case("ZIP with two entries of one name", "资料.zip",
          making.zipped({"a.txt": "a", "b.txt": "b"}).replace(b"b.txt", b"a.txt"), V.DAMAGED),
    case("ZIP with damaged bytes", "资料.zip", making.patched(
        making.zipped({"a": b"a" * 99}), b"PK\x03\x04", 31, b"\xff\xff"), V.DAMAGED),
]  # fmt: skip

LYING = [
    case("ZIP of 200 MB that says 200 kB", "资料.zip", making.lying_zip(bytes(200_000_000)),
          V.ZIP_BOMB),
    case("ZIP that says less and has the sum of less", "资料.zip",
          making.lying_zip(bytes(10_000), size=600, checksum=bytes(600)), V.ZIP_BOMB),
    case("ZIP that says more", "资料.zip",
          making.lying_zip(b"a" * 600, size=10_000, checksum=b"a" * 600), V.DAMAGED),
    case("ZIP with a wrong sum", "资料.zip", making.one_entry(b"a", b"a", checksum=7), V.DAMAGED),
    case("ZIP with a second name, of a program", "资料.zip", making.one_entry(
        b"a.txt", b"a", extra=making.unicode_path(b"a.txt", "evil.bat")), V.ZIP_PROGRAM),
    case("ZIP with a second name, that climbs", "资料.zip", making.one_entry(
        b"a.txt", b"a", extra=making.unicode_path(b"other", "../../evil")), V.ZIP_PATH),
    case("ZIP with a second name in the entry only", "资料.zip", making.one_entry(
        b"a.txt", b"a", extra=making.unicode_path(b"a.txt", "b.txt"))
        .replace(b"up", b"uq").replace(b"uq", b"up", 1), V.DAMAGED),
    case("ZIP with an alternate stream", "资料.zip",
          making.zipped({"d/evil.bat::$DATA": "x"}), V.ZIP_PATH),
    case("ZIP with a program with a far header", "资料.zip",
          making.zipped({"a.dat": making.FAR_PE}), V.ZIP_PROGRAM),
]  # fmt: skip
