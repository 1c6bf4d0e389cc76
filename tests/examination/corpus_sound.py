"""Files that must not be refused, each with the verdict that tells what it is."""

import random
import zipfile

from kiosk.examination.verdict import Verdict as V
from tests.examination import making
from tests.examination.cases import DOC, JPEG, NOISE, PDF, PNG, case

THEME = making.zipped(
    {"[Content_Types].xml": making.CONTENT_TYPES, "theme/theme/theme1.xml": "<theme/>"}
)

SOUND = [
    case("PDF with a Chinese name", "浑河北路道路维修工程 投标函（一）.pdf", PDF, V.OPENS_PAGES),
    case("PDF in capitals", "招标.PDF", PDF, V.OPENS_PAGES),
    case("PDF that must not be changed", "招标.pdf", making.locked_pdf(""), V.OPENS_PAGES),
    case("PDF behind an empty line", "招标.pdf", b"\r\n" + PDF, V.OPENS_PAGES),
    case("PDF with blanks behind", "招标.pdf", PDF + b"\0\n" * 2000, V.OPENS_PAGES),
    case("PDF with a document attached", "招标.pdf",
          making.pdf(inside=making.zipped({"a.txt": "a"})), V.OPENS_PAGES),
    case("name of 240 bytes", "标" * 78 + "ab.pdf", PDF, V.OPENS_PAGES),
    case("name with a rare character", "投标人𠮷田葛\U000e0100.pdf", PDF, V.OPENS_PAGES),
    case("name with dots", "附件1.2 v1.0.pdf", PDF, V.OPENS_PAGES),
    case("GBK name", "投标文件.pdf".encode("gbk"), PDF, V.OPENS_PAGES),
    case("OFD", "营业执照.ofd", making.ofd(), V.OPENS),
    case("Word", "技术方案.docx", making.docx({"word/media/a.png": PNG}), V.OPENS),
    case("Word with a workbook inside", "技术方案.docx",
          making.docx({"word/embeddings/a.xlsx": making.xlsx()}), V.OPENS),
    case("Excel", "报价清单.xlsx", making.xlsx(), V.OPENS),
    case("Excel of one repeated value", "报价清单.xlsx",
          making.xlsx({"xl/worksheets/sheet1.xml": "<c><v>0</v></c>" * 900_000}), V.OPENS),
    case("Word 97", "技术方案.doc", DOC, V.OPENS),
    case("Excel 97", "报价清单.xls", making.ole({"Workbook": making.workbook()}), V.OPENS),
    case("WPS", "技术方案.wps", DOC, V.OPENS),
    case("JPEG", "照片.jpeg", JPEG, V.OPENS),
    case("progressive JPEG", "照片.jpg", making.picture("JPEG", progressive=True), V.OPENS),
    case("JPEG with bytes behind", "照片.jpg", JPEG + bytes(500), V.OPENS),
    case("PNG", "照片.png", PNG, V.OPENS),
    case("BMP", "照片.bmp", making.picture("BMP"), V.OPENS),
    case("text", "说明.txt", "投标说明\r\n一、……".encode("gbk"), V.KIND_AGREES),
    case("TIFF", "扫描.tif", making.picture("TIFF"), V.OPENS),
    case("ZIP with documents", "资料.zip", making.zipped(
        {"资质/": b"", "资质/一.pdf": PDF, "二.docx": making.docx(), "三.doc": DOC}), V.OPENS),
    case("ZIP with one small repeated value", "资料.zip",
          making.zipped({"a.txt": bytes(900_000)}), V.OPENS),
    case("ZIP with a comment", "资料.zip",
          making.zipped({"a": "a"})[:-2] + b"\x03\0bye", V.OPENS),
    case("ZIP with a large end", "资料.zip", making.zip64(making.zipped({"a": "a"})), V.OPENS),
    case("ZIP with only a large end", "资料.zip",
          making.zip64(making.zipped({"a": "a"}), small=False), V.OPENS),
    case("sealed bid", "投标文件.ggzyTBWJ", NOISE, V.SEALED),
    case("sealed bid that begins like a program", "投标文件.tbwj", b"MZ" + NOISE[:9000], V.SEALED),
    case("sealed bid that begins like a script", "投标文件.zbwj", b"#!" + NOISE[:9000], V.SEALED),
    case("JPEG for print", "照片.jpg", making.picture("JPEG", mode="CMYK"), V.OPENS),
    case("grey JPEG", "照片.jpg", making.picture("JPEG", mode="L"), V.OPENS),
    case("scan in black and white", "扫描.tiff",
          making.picture("TIFF", mode="1", compression="group4"), V.OPENS),
    case("sealed bid that is a ZIP with a password", "投标文件.zbwj",
          making.encrypted_zip(making.zipped({"a.exe": "a"})), V.SEALED),
]  # fmt: skip

UNUSUAL = [
    case("PDF with a link and a form", "招标.pdf", making.acting_pdf(
        b"/AcroForm<</Fields[]>>", pages=b"/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/URI"
        b"/URI(http://www.example.cn)>>>>]"), V.OPENS_PAGES),
    case("PDF with a script", "招标.pdf",
          making.acting_pdf(b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), V.SCRIPTS),
    case("PDF with a script, packed", "招标.pdf",
          making.packed_objects(b"<</S/JavaScript/JS(1)>>"), V.SCRIPTS),
    case("PDF with a script, packed in a rare way", "招标.pdf",
          making.packed_twice(b"<</S/JavaScript/JS(1)>>"), V.SCRIPTS),
    case("PDF with a text attached", "发票.pdf",
          making.attaching_pdf("a.xml", b"<a>1</a>"), V.OPENS_PAGES),
    case("PDF with a Word document attached", "招标.pdf",
          making.attaching_pdf("a.docx", making.docx()), V.OPENS_PAGES),
    case("PDF with an update behind its end", "招标.pdf",
          PDF + b"9 0 obj\n<</A 1>>\nendobj\n" + PDF[PDF.index(b"xref"):], V.OPENS_PAGES),
    case("PDF with a note behind its end", "招标.pdf", PDF + b"--boundary--\r\n", V.OPENS_PAGES),
    case("motion photo", "照片.jpg", JPEG + making.film(3_000_000), V.OPENS),
    case("JPEG with a second picture behind it", "照片.jpg", JPEG + bytes(90) + JPEG, V.OPENS),
    case("JPEG with a vendor's notes behind it", "照片.jpg",
          JPEG + making.film(200_000) + b"LIVE_1234:5678      ", V.OPENS),
    case("Word with a template on this computer", "技术方案.docx", making.docx({
        "word/_rels/settings.xml.rels": making.relations(
            "attachedTemplate", "file:///C:\\Users\\li\\投标.dotx")}), V.OPENS),
    case("Word with a link and a vector picture", "技术方案.docx", making.docx({
        "word/media/image1.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "word/_rels/document.xml.rels": making.relations(
            "hyperlink", "http://www.example.cn")}), V.OPENS),
    case("Word with a Visio drawing", "技术方案.docx", making.docx({
        "word/embeddings/a.vsdx": making.vsdx()}), V.OPENS),
    case("Word with a packed-up PDF", "技术方案.docx", making.docx({
        "word/embeddings/oleObject1.bin": making.ole({}, small={
            "\x01Ole10Native": making.package("资质.pdf", PDF), "\x01Ole": bytes(20)})}), V.OPENS),
    case("Word 97 with small parts", "技术方案.doc", making.ole(
        {"WordDocument": making.word()}, small={"\x01CompObj": bytes(100), "x": b"y" * 900}),
        V.OPENS),
    case("Word 97 with a workbook in it", "技术方案.doc", making.ole(
        {"WordDocument": making.word(), "Package": making.xlsx()}), V.OPENS),
    case("Word 97 with a workbook in pieces in it", "技术方案.doc", making.ole(
        {"WordDocument": making.word(), "Package": making.xlsx()}, gap=True), V.OPENS),
    case("Word 97 with its theme", "技术方案.doc", making.ole(
        {"WordDocument": making.word(), "1Table": bytes(400) + THEME + bytes(900)}), V.OPENS),
    case("Word 97 with its theme in pieces", "技术方案.doc", making.ole(
        {"WordDocument": making.word(), "1Table": bytes(400) + THEME + bytes(900)}, gap=True),
        V.OPENS),
    case("Word from the web", "技术方案.docx", making.zipped({
        "[Content_Types].xml": making.CONTENT_TYPES, "word/document2.xml": "<document/>"}),
        V.OPENS),
    case("ZIP with instructions on ActiveX", "资料.zip",
          making.zipped({"ActiveX安装说明.txt": "a"}), V.OPENS),
    case("large Word document, packed in a ZIP", "资料.zip", making.zipped({
        "a.docx": making.docx({"word/media/a": random.Random(3).randbytes(16_500_000)})}), V.OPENS),
    case("ZIP of Windows", "资料.zip",
          making.one_entry("资质/一.txt".encode("gbk"), b"a"), V.OPENS),
    case("ZIP of macOS", "资料.zip", making.streamed_zip(
        {"资质/一.pdf": PDF, "__MACOSX/资质/._一.pdf": b"\0\x05\x16\x07" + bytes(90)}), V.OPENS),
    case("ZIP of Info-ZIP", "资料.zip", making.one_entry(
        "一.txt".encode("gbk"), b"a",
        extra=making.unicode_path("一.txt".encode("gbk"), "一.txt"), system=3), V.OPENS),
    case("ZIP of 7-Zip", "资料.zip", making.zipped(
        {"一.txt": "a", "二.pdf": PDF}, method=zipfile.ZIP_STORED), V.OPENS),
    case("ZIP with zeros behind", "资料.zip", making.zipped({"a": "a"}) + bytes(300), V.OPENS),
]  # fmt: skip
