"""A receipt on screen and on paper."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk import words
from kiosk.fonts import FontMissing, ui_face
from kiosk.printing.pages import CODE_MM, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, QUIET_ZONE, typeset
from kiosk.printing.printout import Printout
from kiosk.receipt.model import (
    ReceiptModel,
    facts,
    file_lines,
    grouped,
    received_text,
    shortened,
)
from kiosk.receipt.paper import receipt_printout
from kiosk.sync.receipt import sign_receipt
from kiosk.sync.submission import Receipt, ReceiptFile, Role

NOW = datetime(2026, 11, 23, 1, 21, 46, tzinfo=UTC)
ZH, EN = words.load("zh"), words.load("en")
DIGESTS = ("9f2c41d8" * 8, "0be1775a" * 8, "c4a06e13" * 8)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def receipt(**more: object) -> Receipt:
    fields = {
        "number": "7KQ4-92WM-DXHE",
        "submission": "01a205f5-bb00-79ca-8a73-45acf2f1583a",
        "received_at": NOW,
        "terminal": "FS-02",
        "role": Role.BIDDER,
        "tender_no": "FSGC-2026-0412",
        "title": "浑河北路道路维修工程施工",
        "by": "张**",
        "number_mask": "2****************8",
        "files": tuple(
            ReceiptFile(name=f"文件 {n}.pdf", size=48_200_000, sha256=digest)
            for n, digest in enumerate(DIGESTS, start=1)
        ),
        "content": "b" * 64,
    }
    return Receipt.model_validate({**fields, **more})


def test_what_the_screen_says() -> None:
    one = receipt()
    told = "服务器于 2026-11-23 09:21:46 收到全部 3 个文件并核验一致"
    assert received_text(one, ZH) == told
    assert facts(one, ZH) == [
        ("项目", "浑河北路道路维修工程施工　FSGC-2026-0412"),
        ("办理人", "张**　2****************8"),
        ("终端", "FS-02（交易中心公用终端）"),
    ]
    lines = file_lines(one.files, ZH)
    assert lines[0].name == "文件 1.pdf　48.2 MB"
    assert lines[0].digest == "SHA-256 9f2c41d8 9f2c41d8 … 9f2c41d8"


def test_the_receipt_of_a_form_has_no_files() -> None:
    one = receipt(files=(), form="deposit-return", tender_no="", title="保证金退还申请")
    assert received_text(one, ZH) == "服务器于 2026-11-23 09:21:46 收到并登记"
    assert facts(one, ZH)[0] == ("表单", "保证金退还申请")


def test_digests_are_grouped_whole_and_shortened_at_both_ends() -> None:
    sha256 = "".join(f"{n:02x}" for n in range(32))
    assert grouped(sha256).replace(" ", "") == sha256
    assert shortened(sha256) == "00010203 04050607 … 1c1d1e1f"


def test_why_there_is_none() -> None:
    model = ReceiptModel()
    assert model.nothing_texts(ZH)[0] == "正在取回执…"
    model.fail()
    assert "文件已经送达" in model.nothing_texts(ZH)[1]
    model.show(receipt())
    assert model.nothing_texts(ZH) == ("", "")
    model.forget()
    assert model.receipt is None and model.signed is None


def on_paper(said: words.Words = ZH) -> Printout:
    one = receipt()
    return receipt_printout(
        one, sign_receipt(one, KEY), said, NOW, centre="某中心", terminal="FS-02"
    )


def test_the_paper_has_every_digest_whole_and_survives_the_pipe() -> None:
    made = on_paper()
    text = made.to_json()
    for digest in DIGESTS:
        assert grouped(digest) in text
    assert "7KQ4-92WM-DXHE" in text and "文件 3.pdf" in text and "48,200,000" in text
    assert made.code == sign_receipt(receipt(), KEY).short and made.address == ""
    assert "公告" not in made.foot
    assert Printout.from_json(text) == made


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    cache = tmp_path_factory.mktemp("fonts")
    try:
        return ui_face("Regular", cache), ui_face("Bold", cache)
    except FontMissing as missing:
        pytest.skip(str(missing))


def test_the_pdf_s_code_has_dots_that_a_phone_can_read(faces: tuple[Path, Path]) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    segno = pytest.importorskip("segno")
    made = on_paper()
    pdf = typeset(made, *faces, at_most=9)
    assert pdf.pages == 1
    code = segno.make(made.code, error="l", micro=False)
    side = code.symbol_size(border=QUIET_ZONE)[0]
    assert CODE_MM / side >= 0.5
    with pypdfium2.PdfDocument(pdf.content) as document:
        scale = 8
        picture = document[0].render(scale=scale).to_pil().convert("L")
        text = document[0].get_textpage().get_text_range()
    assert "7KQ4-92WM-DXHE" in text and made.code[:40] not in text
    assert picture.width == pytest.approx(PAGE_WIDTH_MM / 25.4 * 72 * scale, abs=2)
    assert picture.height == pytest.approx(PAGE_HEIGHT_MM / 25.4 * 72 * scale, abs=2)
    # Find the code by its place at the right margin, and compare it dot by dot.
    unit = picture.width / PAGE_WIDTH_MM
    left = (PAGE_WIDTH_MM - 18 - CODE_MM) * unit
    dot = CODE_MM * unit / side
    rows = list(code.matrix_iter(border=QUIET_ZONE))
    tops = [
        top
        for top in range(int(20 * unit), int(80 * unit), 2)
        if _agrees(picture, left, top, dot, rows)
    ]
    assert tops


def _agrees(picture, left: float, top: float, dot: float, rows) -> bool:
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            grey = picture.getpixel((int(left + (x + 0.5) * dot), int(top + (y + 0.5) * dot)))
            if (grey < 128) != bool(dark):
                return False
    return True
