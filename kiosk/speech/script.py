"""What is read aloud of a notice, in words that a Chinese voice says right (pure).

Voices read "2026" as a quantity and "10:00" as two numbers: years, codes and telephone numbers
are spelled digit by digit, dates and times are put in words.
"""

import re
from collections.abc import Iterable, Iterator

from display.body import PICTURE, Block, Table, cell_text, flow_text
from display.local_time import SHANGHAI
from display.notice import Category, Notice
from kiosk.notice.model import body_blocks
from kiosk.words import Words

DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
_NARROW = {
    wide: wide - 0xFEE0
    for block in ("０９", "ＡＺ", "ａｚ", "－－")
    for wide in range(ord(block[0]), ord(block[1]) + 1)
}
"""Letters, digits and hyphens as wide as Chinese characters (全角), and the usual ones."""
LONGEST = 200
"""Characters said in one breath; a stop is heard after the sound that is being made."""
PAUSE = "，"

_ADDRESS = re.compile(r"(?:网址[：:]?\s*+)?(?:https?://|www\.)[!-~]+")
_GROUPED = re.compile(r"(?<![\d.])(?<!\d,)\d{1,3}(?:,\d{3})++(?=\.\d|(?![\d,]))")
_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?=\s*(?:年|学年|财年))")
_TIME = re.compile(r"(?<![\d:：])([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：][0-5]\d)?(?![\d:：])")
_CODE = re.compile(
    r"(?<![A-Za-z])"
    r"(?:[A-Za-z]++\d[A-Za-z0-9]*+(?:[-_/〔〕\[\]()][A-Za-z0-9]++)*+"
    r"|(?<![A-Za-z][-_])[A-Za-z]++(?:[-_](?!\d)[A-Za-z0-9]++)*+[-_]\d[A-Za-z0-9]*+"
    r"(?:[-_][A-Za-z0-9]++)*+)"
)
"""Where none begins at a word, none begins within it: a long text without digits is read once."""
_TELEPHONE = re.compile(r"(?<![\d.])0\d{2,3}[-－—]\d{7,8}(?![\d.])")
_LONG = re.compile(r"(?<![\d.])\d{7,}(?!\.?\d)(?!\s*(?:\.\d|元|万|亿|平方|立方|吨|公里|米))")
_ENDS = re.compile(r"(?<=[。！？；;])")
_LESSER_ENDS = re.compile(r"(?<=[，、：,])")


def digit_by_digit(code: str) -> str:
    """A code as people dictate it: letters and digits one by one, a pause at each sign."""
    said = []
    for part in re.split(r"[^A-Za-z0-9]+", code.translate(_NARROW)):
        stretches = re.findall(r"[A-Za-z]+|\d+", part)
        said.append(
            " ".join(
                each.translate(DIGITS) if each[0].isdigit() else " ".join(each.upper())
                for each in stretches
            )
        )
    return PAUSE.join(filter(None, said))


def spoken(text: str) -> str:
    """A text of a notice in words that are read right."""
    text = text.replace(PICTURE, "").translate(_NARROW)
    text = _ADDRESS.sub("网址", text)
    text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    text = _DATE.sub(lambda found: _day(*map(int, found.groups())), text)
    text = _YEAR.sub(lambda found: found[1].translate(DIGITS), text)
    text = _TIME.sub(lambda found: _clock(int(found[1]), int(found[2])), text)
    for numbered in (_CODE, _TELEPHONE, _LONG):
        text = numbered.sub(lambda found: digit_by_digit(found[0]), text)
    return " ".join(text.split())


def script(notice: Notice, words: Words, *, scan: bool = False) -> Iterator[str]:
    """What is said of a notice, a breath each: what it is, whose, what is due, then its text.

    `words` are the Chinese ones: the notice is Chinese, whatever language the screen has. `scan`:
    the screen shows a code. A long notice takes a while to put in words, so each breath is made
    when it is asked for.
    """
    for text in _texts(notice, words, scan):
        yield from _cut(text)


def _texts(notice: Notice, words: Words, scan: bool) -> Iterator[str]:
    buyer = "buyer_procurement" if notice.category is Category.PROCUREMENT else "buyer"
    yield words[f"kind.{notice.kind}"]
    yield spoken(notice.title)
    if notice.tender_no:
        yield f"{words['notice.tender_no']}{PAUSE}{digit_by_digit(notice.tender_no)}"
    if notice.buyer:
        yield f"{words[f'notice.{buyer}']}{PAUSE}{spoken(notice.buyer)}"
    for name in ("closes_at", "opens_at", "objections_until"):
        moment = getattr(notice, name)
        if moment is not None and not (name == "opens_at" and moment == notice.closes_at):
            local = moment.astimezone(SHANGHAI)
            when = _day(local.year, local.month, local.day) + _clock(local.hour, local.minute)
            yield f"{words[f'notice.{name}']}{PAUSE}{when}"
    if notice.room:
        yield f"{words['notice.room']}{PAUSE}{spoken(notice.room)}"
    yield from _body(body_blocks(notice, words, scan=scan))


def _body(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                texts = (spoken(cell_text(cell)) for cell in row)
                yield PAUSE.join(text for text in texts if text)
        else:
            yield spoken(flow_text(block))


def _cut(text: str) -> Iterator[str]:
    """Stretches of at most `LONGEST` characters, cut at the ends of sentences if there are any."""
    breath = ""
    for piece in _pieces(text, (_ENDS, _LESSER_ENDS)):
        if breath and len(breath) + len(piece) > LONGEST:
            yield breath
            breath = ""
        breath += piece
    if breath.strip():
        yield breath


def _pieces(text: str, ends: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    if len(text) <= LONGEST:
        yield text
    elif ends:
        for part in ends[0].split(text):
            yield from _pieces(part, ends[1:])
    else:
        for start in range(0, len(text), LONGEST):
            yield text[start : start + LONGEST]


def _day(year: int, month: int, day: int) -> str:
    return f"{str(year).translate(DIGITS)}年{month}月{day}日"


def _clock(hour: int, minute: int) -> str:
    return f"{hour}点{f'{minute}分' if minute else '整'}"
