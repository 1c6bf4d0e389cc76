"""Made-up files for a simulated stick: some that a terminal takes, some that it refuses."""

import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fpdf.enums import AccessPermission
from PIL import Image, ImageDraw, ImageFont

from kiosk.demo.attachments import FACE, blank_sheet, write_line
from kiosk.fonts import SIMPLIFIED_CHINESE, FontMissing

FOLDER = "投标文件"
LETTER = (
    "投标函及附件",
    (
        "致：抚顺市城市建设投资有限公司",
        "我方已仔细研究招标文件，愿意按照招标文件的要求承包本项目的全部工作。",
        "投标有效期为自递交截止之日起九十日。",
        "本文件为演示用途，其中的单位和金额均为虚构。",
    ),
)
PLAN = (
    "技术方案",
    (
        "一、施工部署：分三个作业段，先地下后地上，雨季前完成排水管道。",
        "二、质量保证：材料进场复验，隐蔽工程验收合格后方可覆盖。",
        "三、安全文明施工：围挡封闭作业，夜间不进行高噪声施工。",
        "四、进度计划：总工期一百二十天，关键线路为路基和管道。",
    ),
)
GOOD = ("投标函及附件.pdf", "技术方案.pdf", "营业执照.jpg", "报价清单.zbwj")
REFUSED = ("业绩证明.pdf", "资质证书.pdf.exe", "授权委托书.pdf", "保证金凭证.pdf")
"""Cut off, a program, encrypted, empty."""
SEALED_BYTES = 3_000_000
PAGES = 12


def write_samples(folder: Path, now: datetime) -> None:
    """Write them into a folder below `folder`; what else lies there is left alone.

    Raises FontMissing and OSError.
    """
    if not FACE.exists():
        raise FontMissing(f"{FACE} is missing: install the Debian package fonts-noto-cjk")
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    below = folder / FOLDER
    below.mkdir(parents=True, exist_ok=True)
    letter = _document(*LETTER, 3, day)
    good = (letter, _document(*PLAN, PAGES, day), _licence(below), _sealed())
    refused = (
        letter[: len(letter) // 2],
        b"MZ" + bytes(5000),
        _document(*LETTER, 1, day, password="demo"),
        b"",
    )
    for name, content in zip((*GOOD, *REFUSED), (*good, *refused), strict=True):
        (below / name).write_bytes(content)


def _document(
    title: str, paragraphs: Sequence[str], pages: int, day: datetime, *, password: str = ""
) -> bytes:
    sheet = blank_sheet(day)
    if password:
        sheet.set_encryption("owner", password, permissions=AccessPermission.none())
    for number in range(1, pages + 1):
        sheet.add_page()
        write_line(sheet, f"{title}（演示，第 {number} 页）", 18, align="C")
        for paragraph in paragraphs:
            write_line(sheet, paragraph, 12)
    return bytes(sheet.output())


def _licence(folder: Path) -> bytes:
    picture = Image.new("RGB", (1240, 877), "#FBF7EC")
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((40, 40, 1200, 837), outline="#B3261E", width=8)
    for line, (text, size) in enumerate((("营业执照", 96), ("（演示，并非真实证照）", 44))):
        face = ImageFont.truetype(str(FACE), size, index=SIMPLIFIED_CHINESE)
        drawing.text((620, 320 + 140 * line), text, fill="#14213D", font=face, anchor="mm")
    draft = folder / "营业执照.jpg"
    picture.save(draft, quality=85)
    return draft.read_bytes()


def _sealed() -> bytes:
    """What a bidder's own program has encrypted looks like noise."""
    return random.Random(3).randbytes(SEALED_BYTES)
