"""What the search index keeps of a notice: tokens of its words, sounds, days and filters (pure)."""

from datetime import datetime
from functools import lru_cache
from itertools import chain

from display.local_time import SHANGHAI
from display.notice import Category, Notice, NoticeKind
from kiosk.store.bigrams import (
    MARKS,
    body_tokens,
    code_tokens,
    fold,
    is_chinese_three,
    pairs,
    text_tokens,
    threes,
)
from kiosk.store.pinyin import initial_grams, syllable_pairs
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import notice_days, searched_texts


def notice_tokens(notice: Notice) -> str:
    """The tokens of a notice's fields, separated by blanks."""
    # The same buyers and agents come again and again. A token may stand here more than once.
    return " ".join(
        (
            _spoken_tokens(notice.title),
            _name_tokens(notice.buyer),
            _name_tokens(notice.agent),
            *text_tokens(fold(notice.tender_no)),
            *_filter_tokens(notice),
        )
    )


def body_text(notice: Notice, body: str) -> str:
    """What is compared where a body is searched: its fields and the body, folded, a line each."""
    return "\n".join(map(fold, (*searched_texts(notice), body)))


def tokens_of_body(notice: Notice, text: str) -> str:
    """The tokens of a `body_text`, separated by blanks."""
    found = _filter_tokens(notice)
    for line in text.split("\n"):
        found |= body_tokens(line)
    return " ".join(found)


def category_token(category: Category) -> str:
    """The token of the notices of a category."""
    return MARKS["category"] + category.value


def kind_token(kind: NoticeKind) -> str:
    """The token of the notices of a kind."""
    return MARKS["kind"] + kind.value


@lru_cache(maxsize=1 << 10)
def region_token(region: str) -> str:
    """The token of the notices of a region."""
    return MARKS["region"] + fold(region)


def closing_tokens(since: datetime, until: datetime) -> list[str]:
    """The tokens of which one is on every notice that closes from `since` to `until`.

    The weeks of the first year, the years after it.
    """
    first, last = _week(since), _week(until)
    year = first // 53
    weeks = range(first, min(last, year * 53 + 52) + 1)
    years = range(year + 1, last // 53 + 1)
    return [f"{MARKS['closing_week']}{n}" for n in weeks] + [
        f"{MARKS['closing_year']}{n}" for n in years
    ]


def _week(moment: datetime) -> int:
    """Number the weeks of seven days from each 1 January on; a year has 53 of them."""
    day = moment.astimezone(SHANGHAI).timetuple()
    return day.tm_year * 53 + (day.tm_yday - 1) // 7


@lru_cache(maxsize=1 << 12)
def _name_tokens(text: str) -> str:
    return _spoken_tokens(text)


def _spoken_tokens(text: str) -> str:
    folded = fold(text)
    tokens = map(_pair_tokens, pairs(folded)), map(_three_tokens, threes(folded))
    return " ".join(chain(set(folded), *tokens, code_tokens(folded)))


@lru_cache(maxsize=1 << 16)
def _pair_tokens(pair: str) -> str:
    """Two characters, and what they sound like."""
    mark = MARKS["syllables"]
    return " ".join([pair, *(mark + sound for sound in syllable_pairs(pair, readings()))])


@lru_cache(maxsize=1 << 16)
def _three_tokens(three: str) -> str:
    """Three characters, if they are a token, and their first letters."""
    mark = MARKS["initials"]
    found = [mark + gram for gram in initial_grams(three, readings())]
    return " ".join([three, *found] if is_chinese_three(three) else found)


def _filter_tokens(notice: Notice) -> set[str]:
    found = {category_token(notice.category), kind_token(notice.kind)}
    if notice.region:
        found.add(region_token(notice.region))
    if notice.closes_at is not None:
        week = _week(notice.closes_at)
        found.add(f"{MARKS['closing_week']}{week}")
        found.add(f"{MARKS['closing_year']}{week // 53}")
    return found | notice_days(notice)
