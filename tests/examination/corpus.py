"""The table of files that must be refused, and of those that must not, each with its verdict."""

import os
import socket
import stat
import zipfile
from pathlib import Path

from kiosk.examination.verdict import Verdict as V
from tests.examination import making
from tests.examination.cases import DOC, JPEG, PDF, PNG, Case, Make, case
from tests.examination.corpus_acting import ACTING, TWO_AT_ONCE
from tests.examination.corpus_sound import SOUND, UNUSUAL
from tests.examination.corpus_zips import LYING, ZIPS


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
    return case(f"name {text!a}", text, making.pdf(), V.NAME_HIDDEN)


NAMES = [
    case("name with a line break", "报价\n单.pdf", PDF, V.NAME_CONTROL),
    case("name with escape", "报价\x1b[2J.pdf", PDF, V.NAME_CONTROL),
    case("name with C1 control", "报价\x85.pdf", PDF, V.NAME_CONTROL),
    case("name with delete", "报价\x7f.pdf", PDF, V.NAME_CONTROL),
    case("name with line separator", "报价\u2028.pdf", PDF, V.NAME_CONTROL),
    _unreadable_name("招标\u202efdp.exe"),
    _unreadable_name("招标\u2066x.pdf"),
    _unreadable_name("招\u200b标.pdf"),
    _unreadable_name("\ufeff招标.pdf"),
    _unreadable_name("招标\u00ad.pdf"),
    _unreadable_name("招标\u3164.pdf"),
    case("name with a backslash", "..\\..\\招标.pdf", PDF, V.NAME_PATH),
    case("name of a Windows device", "CON.pdf", PDF, V.NAME_RESERVED),
    case("name of a Windows port", "com1.tar.pdf", PDF, V.NAME_RESERVED),
    case("name with a colon", "招标.pdf:x.pdf", PDF, V.NAME_CHARACTERS),
    case("name with a question mark", "招标?.pdf", PDF, V.NAME_CHARACTERS),
    case("name of 255 bytes", "标" * 83 + "ab.pdf", PDF, V.NAME_TOO_LONG),
    case(
        "name that is too long as UTF-8 only",
        ("标" * 100 + ".pdf").encode("gbk"),
        PDF,
        V.NAME_TOO_LONG,
    ),
    case("document with a program's ending", "招标.pdf.exe", PDF, V.NAME_DOUBLE),
    case("the same with blanks between", "招标.pdf          .scr", PDF, V.NAME_DOUBLE),
    case("the same with a dot behind", "招标.docx.js.", PDF, V.NAME_DOUBLE),
    case("the same in full width", "招标.pdf.ｅｘｅ", PDF, V.NAME_DOUBLE),
    case("program's name", "安装.BAT", b"echo", V.NAME_PROGRAM),
    case("macro document's name", "清单.xlsm", making.xlsx(), V.NAME_PROGRAM),
    case("web page", "公告.html", b"<html></html>", V.NAME_PROGRAM),
    case("hidden file", ".招标.pdf", PDF, V.NAME_EDGES),
    case("blank behind", "招标.pdf ", PDF, V.NAME_EDGES),
    case("dot behind", "招标.pdf.", PDF, V.NAME_EDGES),
    case("blank before", " 招标.pdf", PDF, V.NAME_EDGES),
    case("name in no encoding", b"\xff\xfe\x81.pdf", PDF, V.NAME_UNREADABLE),
    case("name in the private area", "招标\ue000.pdf", PDF, V.NAME_UNREADABLE),
    case("GBK name of a program", "招标.pdf.exe".encode("gbk"), PDF, V.NAME_DOUBLE),
    case("no ending", "招标文件", PDF, V.NAME_ENDING),
    case("ending that is not taken", "录音.mp3", b"ID3\x04", V.NAME_ENDING),
    case("RAR", "资料.rar", making.RAR5, V.NAME_ENDING),
]

PLACES = [
    case("link to a file beside it", "链接.pdf", _inner_link, V.LINK),
    case("link to a secret", "链接.pdf", _link("/etc/passwd"), V.LINK),
    case("link to nothing", "链接.pdf", _link("nowhere"), V.LINK),
    case("link to a device", "链接.pdf", _link("/dev/zero"), V.LINK),
    case("folder", "文件夹.pdf", lambda path: _at(path).mkdir(), V.FOLDER),
    case("FIFO", "管道.pdf", _fifo, V.SPECIAL),
    case("socket", "套接字.pdf", _socket, V.SPECIAL),
    case("character device", "设备.pdf", _device(stat.S_IFCHR, 1, 5), V.SPECIAL),
    case("block device", "设备.pdf", _device(stat.S_IFBLK, 7, 250), V.SPECIAL),
    case("empty", "空.pdf", b"", V.EMPTY),
    case("4 GB sparse", "大.pdf", _sparse(4 * 1024**3, b"%PDF-1.7\n", b"%%EOF\n"), V.TOO_LARGE),
    case("sparse within the limit", "大.pdf", _sparse(900_000_000, PDF, b"%%EOF\n"), V.SPARSE),
]

PROGRAMS = [
    case("Windows program as PDF", "资质.pdf", making.PE, V.PROGRAM),
    case("old DOS program as PDF", "资质.pdf", making.DOS, V.PROGRAM),
    case("Linux program as JPEG", "照片.jpg", making.ELF, V.PROGRAM),
    case("macOS program as PDF", "资质.pdf", b"\xcf\xfa\xed\xfe" + bytes(99), V.PROGRAM),
    case("Java program as PDF", "资质.pdf", b"\xca\xfe\xba\xbe" + bytes(99), V.PROGRAM),
    case("shell script as PDF", "资质.pdf", b"#!/bin/sh\nrm -rf ~\n", V.PROGRAM),
    case("batch file as PDF", "资质.pdf", b"\r\n@echo off\r\ndel *.*\r\n", V.PROGRAM),
    case("batch file in UTF-16", "资质.doc", "@echo off".encode("utf-16"), V.PROGRAM),
    case("VBScript as Word", "资质.doc", b'Set x = CreateObject("WScript.Shell")', V.PROGRAM),
    case("shortcut as PDF", "资质.pdf", making.LNK, V.PROGRAM),
    case("web shortcut as PDF", "资质.pdf", b"[InternetShortcut]\nURL=file:///c:", V.PROGRAM),
    case("program as sealed bid", "投标.ggzyTBWJ", making.PE, V.PROGRAM),
    case("script as sealed bid", "投标.tbwj", b"#!/usr/bin/python3\n", V.PROGRAM),
    case("program with a far header as sealed bid", "投标.tbwj", making.FAR_PE, V.PROGRAM),
    case("program that is a PDF too", "资质.pdf", making.PE[:400] + PDF, V.PROGRAM),
]

CONTENTS = [
    case("ZIP as PDF", "招标.pdf", making.zipped({"a.txt": "a"}), V.KIND_DIFFERS),
    case("PDF as Word", "招标.docx", PDF, V.KIND_DIFFERS),
    case("Word as Excel", "清单.xlsx", making.docx(), V.KIND_DIFFERS),
    case("Word as ZIP", "资料.zip", making.docx(), V.KIND_DIFFERS),
    case("PNG as JPEG", "照片.jpg", PNG, V.KIND_DIFFERS),
    case("text as PDF", "招标.pdf", "这不是 PDF".encode(), V.KIND_DIFFERS),
    case("RTF as Word", "招标.doc", b"{\\rtf1 a}", V.KIND_DIFFERS),
    case("web page as Excel", "清单.xls", b"<html><table>", V.KIND_DIFFERS),
    case("zeros as PDF", "招标.pdf", bytes(5000), V.KIND_DIFFERS),
    case("film as PDF", "招标.pdf", b"\0\0\0\x18ftypmp42" + bytes(99), V.KIND_DIFFERS),
    case("RAR as ZIP", "资料.zip", making.RAR5, V.KIND_DIFFERS),
    case("installer as Word", "招标.doc", making.ole({"\u4840\u3f7f": b"x"}), V.KIND_DIFFERS),
    case("PDF and ZIP", "招标.pdf", PDF + making.zipped({"a.js": "1"}), V.TWO_KINDS),
    case(
        "PDF and ZIP with a byte behind",
        "招标.pdf",
        PDF + making.zipped({"a.js": "1"}) + b"\n",
        V.TWO_KINDS,
    ),
    case(
        "PDF in the comment of a ZIP in a PDF",
        "招标.pdf",
        PDF[:-6]
        + making.zipped({"a.js": "1"})[:-2]
        + len(PDF).to_bytes(2, "little")
        + PDF,
        V.TWO_KINDS,
    ),
    case("PDF behind HTML", "招标.pdf", b"<html><!--" + PDF, V.TWO_KINDS),
    case("HTML behind PDF", "招标.pdf", PDF + b"<script>alert(1)</script>", V.TWO_KINDS),
    case("program behind PDF", "招标.pdf", PDF + making.PE, V.TWO_KINDS),
    case("JPEG and ZIP", "照片.jpg", JPEG + making.zipped({"a.js": "1"}), V.TWO_KINDS),
    case("JPEG and PDF", "照片.jpg", JPEG[:20] + PDF + JPEG[20:], V.TWO_KINDS),
    case("PNG and HTML", "照片.png", PNG + b"<script>1</script>", V.TWO_KINDS),
    case(
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
    case("PDF behind other bytes", "招标.pdf", b"HTTP/1.1 200 OK\n\n" + PDF, V.LEADING_BYTES),
    case("PDF cut off", "招标.pdf", PDF[: len(PDF) // 2], V.TRUNCATED),
    case("PDF of a header only", "招标.pdf", b"%PDF-1.7\n%%EOF\n", V.DAMAGED),
    case("PDF of noise", "招标.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 9 + b"%%EOF", V.DAMAGED),
    case("PDF with a password", "招标.pdf", making.locked_pdf("geheim"), V.ENCRYPTED),
    case("JPEG cut off", "照片.jpg", JPEG[: len(JPEG) // 2], V.TRUNCATED),
    case("JPEG of a header only", "照片.jpg", JPEG[:20] + b"\xff\xd9", V.DAMAGED),
    case("PNG with a wrong sum", "照片.png", PNG[:200] + b"!!!!" + PNG[204:], V.DAMAGED),
    case("PNG cut off", "照片.png", PNG[:-20], V.TRUNCATED),
    case("PNG without its pixels", "照片.png", making.wide_png(900, 900), V.TRUNCATED),
    case("PNG of 10 gigapixels", "照片.png", making.wide_png(100_000, 100_000), V.TOO_MANY_PIXELS),
    case("BMP cut off", "照片.bmp", making.picture("BMP")[:5000], V.TRUNCATED),
    case("TIFF of a header only", "照片.tif", b"II*\0\x08\0\0\0", V.DAMAGED),
    case("Word 97 with macros", "招标.doc", making.ole({"WordDocument": making.word(),
          "_VBA_PROJECT": b"x"}), V.MACROS),
    case("Word 97 with a password", "招标.doc", making.ole({"WordDocument": making.word(1)}),
          V.ENCRYPTED),
    case("Excel 97 with a password", "清单.xls",
          making.ole({"Workbook": making.workbook(locked=True)}), V.ENCRYPTED),
    case("Excel 97 with macros", "清单.xls",
          making.ole({"Workbook": making.workbook(), "_VBA_PROJECT_CUR": b"x"}), V.MACROS),
    case("Word with a password", "招标.docx",
          making.ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), V.ENCRYPTED),
    case("Word 97 cut off", "招标.doc", DOC[:-600], V.TRUNCATED),
    case("Word 97 of a header only", "招标.doc", DOC[:512], V.DAMAGED),
    case("Word 97 with a ring of sectors", "招标.doc", making.patched(
        DOC, b"\xfd\xff\xff\xff", 4, b"\x01\0\0\0"), V.DAMAGED),
]  # fmt: skip

MALWARE = [
    case("EICAR as sealed bid", "投标.tbwj", making.EICAR, V.MALWARE),
    case("EICAR in a PDF", "招标.pdf", making.pdf(inside=making.EICAR), V.MALWARE),
    case("EICAR beyond the first piece", "投标.zbwj",
          b"\x8f" * 2_500_000 + making.EICAR, V.MALWARE),
    case("EICAR stored in a Word document", "招标.docx", making.zipped(
        {"[Content_Types].xml": making.CONTENT_TYPES, "word/document.xml": "<document/>",
         "x": making.EICAR}, method=zipfile.ZIP_STORED), V.MALWARE),
]  # fmt: skip

BAD = [*NAMES, *PLACES, *PROGRAMS, *CONTENTS, *ZIPS, *MALWARE, *TWO_AT_ONCE, *ACTING, *LYING]
GOOD = [*SOUND, *UNUSUAL]
IN_PROCESS = [*TWO_AT_ONCE, *ACTING, *LYING, *UNUSUAL]
"""Looked into without starting a process for each, which takes most of the time."""
