"""Files that generated notices name as their attachments; invented, as the notices are."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import FontFace

from kiosk.demo.notices import BID_DOCUMENT, BILL_OF_QUANTITIES, DRAWINGS
from kiosk.fonts import NOTO, SIMPLIFIED_CHINESE, FontMissing

FACE = NOTO / "NotoSansCJK-Regular.ttc"
MARGIN_MM = 20.0
LINE_MM = 8.0
GAP_MM = 4.0
CHAPTERS = (
    (
        "第一章 投标邀请",
        (
            "本文件为演示用途，其中的项目、单位和金额均为虚构。",
            "投标人应在公告规定的期限内下载本文件，并在递交截止时间之前上传投标文件。",
            "投标文件应当按照本文件的要求编制，内容完整，字迹清楚，并加盖单位电子印章。",
        ),
    ),
    (
        "第二章 投标人须知",
        (
            "投标有效期为自递交截止之日起九十日。",
            "投标保证金按公告规定的金额和方式提交，未中标的投标人在合同签订后五日内退还。",
            "对本文件有疑问的，应在截止时间十日前以书面形式提出，答复以变更公告形式发布。",
            "投标报价包括完成本项目所需的全部费用，超过最高限价的投标无效。",
        ),
    ),
    (
        "第三章 技术要求",
        (
            "所用材料应符合现行国家标准，进场前提交合格证明和检测报告。",
            "承包人应编制施工组织设计，明确进度安排、质量保证措施和安全文明施工措施。",
            "质量保证期为竣工验收合格之日起二十四个月。",
        ),
    ),
    (
        "第四章 评标办法",
        (
            "评标采用综合评估法，满分为一百分，按得分由高到低推荐三名中标候选人。",
            "得分相同的，报价低的优先；报价也相同的，技术得分高的优先。",
        ),
    ),
)
SCORES = (
    ("评分项目", "分值", "评分标准"),
    ("投标报价", "50", "等于评标基准价得满分，每高百分之一扣一分，每低百分之一扣半分"),
    ("施工组织设计", "30", "进度、质量、安全和环境保护措施，逐项比较后评分"),
    ("类似业绩", "12", "近三年每有一项得四分，最多三项"),
    ("售后服务", "8", "响应时间和保修承诺"),
)
WORKS = (
    ("路基土方开挖", "m³", 120),
    ("级配碎石垫层", "m²", 85),
    ("水泥稳定碎石基层", "m²", 64),
    ("沥青混凝土面层", "m²", 72),
    ("花岗岩路缘石", "m", 58),
    ("人行道透水砖", "m²", 43),
    ("钢筋混凝土排水管", "m", 36),
    ("检查井", "座", 4),
    ("路灯基础及安装", "套", 6),
    ("行道树移植", "株", 9),
)
SECTIONS = 7
HEADING = FontFace(fill_color=(232, 232, 232))


def write_files(folder: Path, now: datetime) -> None:
    """Write the files into a folder, which is made if need be. Raises FontMissing and OSError."""
    if not FACE.exists():
        raise FontMissing(f"{FACE} is missing: install the Debian package fonts-noto-cjk")
    folder.mkdir(parents=True, exist_ok=True)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    (folder / BID_DOCUMENT).write_bytes(_bid_document(day))
    (folder / BILL_OF_QUANTITIES).write_bytes(_bill_of_quantities(day))
    (folder / DRAWINGS).write_bytes(_drawings(day))


def _bid_document(day: datetime) -> bytes:
    sheet = blank_sheet(day)
    sheet.add_page()
    sheet.set_y(90)
    write_line(sheet, "招 标 文 件", 30, align="C")
    write_line(sheet, "（演示）", 16, align="C")
    for title, paragraphs in CHAPTERS:
        sheet.add_page()
        write_line(sheet, title, 18)
        for number, paragraph in enumerate(paragraphs, start=1):
            write_line(sheet, f"{number}. {paragraph}", 12)
    sheet.ln(GAP_MM)
    _table(sheet, SCORES, (30, 15, 125))
    return bytes(sheet.output())


def _bill_of_quantities(day: datetime) -> bytes:
    sheet = blank_sheet(day)
    sheet.add_page()
    write_line(sheet, "工程量清单（演示）", 20, align="C")
    rows = [("序号", "项目名称", "单位", "工程量")]
    for section in range(SECTIONS):
        for number, (name, unit, amount) in enumerate(WORKS):
            place = section * len(WORKS) + number + 1
            title = f"{name}（第 {section + 1} 段）"
            rows.append((str(place), title, unit, f"{amount * (section + 2) * 1.5:,.1f}"))
    _table(sheet, tuple(rows), (20, 90, 20, 40))
    return bytes(sheet.output())


def _drawings(day: datetime) -> bytes:
    lines = ["图号,图名,比例"]
    lines += [f"S-{number:02d},{name}平面图,1:500" for number, (name, *_) in enumerate(WORKS, 1)]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("图纸目录.csv", (day.year, day.month, day.day, 0, 0, 0))
        archive.writestr(entry, "\ufeff" + "\r\n".join(lines) + "\r\n")
    return content.getvalue()


def blank_sheet(day: datetime) -> FPDF:
    """A document in the Chinese face, without pages yet; the same for the same day."""
    sheet = FPDF(format="A4")
    sheet.add_font("noto", "", FACE, collection_font_number=SIMPLIFIED_CHINESE)
    sheet.set_margin(MARGIN_MM)
    sheet.set_auto_page_break(True, MARGIN_MM)
    sheet.set_creation_date(day)
    sheet.set_lang("zh-CN")
    sheet.set_font("noto", size=12)
    return sheet


def write_line(sheet: FPDF, text: str, size: int, *, align: str = "L") -> None:
    """A paragraph, `size` in points."""
    sheet.set_font("noto", size=size)
    sheet.multi_cell(0, LINE_MM * size / 12, text, align=align, new_x="LMARGIN", new_y="NEXT")
    sheet.ln(GAP_MM)


def _table(sheet: FPDF, rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...]) -> None:
    sheet.set_font("noto", size=11)
    with sheet.table(rows, col_widths=widths, line_height=LINE_MM, headings_style=HEADING):
        pass
