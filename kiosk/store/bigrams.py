"""Cutting text into the tokens of the search index, and finding words in it again (pure).

Text is folded first: NFKC, case, white space and invisible characters. ``招标公告`` becomes its
characters, the pairs ``招标 标公 公告`` and the threes ``招标公 标公告``. Runs of Latin letters and
digits are codes more often than words, and two digits stand in every code; they are cut into
overlapping fours. Bodies are cut into pairs, and runs of either kind into fours.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

UNSEEN = (
    "\x00-\x20\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ud800-\udfff\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
"""General categories Cc, Cf, Cs, Zs, Zl, Zp, and the noncharacters that mark `MARKS`."""
_INVISIBLE = re.compile(f"[{UNSEEN}]+")
_INVISIBLE_WITHIN_LINES = re.compile(f"(?:(?!\n)[{UNSEEN}])+")
_JOINT = r"[-_/\\()\[\]{}<>〔〕【】〈〉《》·‐‑‒–—―~#]"
_JOINTS = re.compile(
    # The first look is only for speed: at most places there is no joint.
    rf"(?={_JOINT})(?:(?<=[0-9a-z]){_JOINT}+(?=[^\W_])|(?<=[^\W_]){_JOINT}+(?=[0-9a-z]))"
)
_RUN = re.compile("[0-9a-z]{4,}")
_CHINESE_RUN = re.compile("[\u4e00-\u9fff]{3,}")
_LONG_RUN = re.compile(f"{_RUN.pattern}|{_CHINESE_RUN.pattern}")
_BODY_RUN = re.compile(f"{_RUN.pattern}|[\u4e00-\u9fff]{{4,}}")

MARKS = {
    "category": "\ufdd0",
    "kind": "\ufdd1",
    "region": "\ufdd2",
    "closing_week": "\ufdd3",
    "closing_year": "\ufdd4",
    "date": "\ufdd5",
    "day_of_year": "\ufdd6",
    "syllables": "\ufdd7",
    "initials": "\ufdd8",
}
"""First characters of tokens that are no text; folding takes them out of text."""


def fold(text: str) -> str:
    """Bring text to the form that is indexed and compared."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold())


def fold_lines(texts: Iterable[str]) -> str:
    """Fold several texts at once; each becomes one line."""
    lines = "\n".join(text.replace("\n", " ") for text in texts)
    return _INVISIBLE_WITHIN_LINES.sub("", unicodedata.normalize("NFKC", lines).casefold())


def compact(folded: str) -> str:
    """Leave out what joins the parts of a code: ``fsgc-2026-0462`` becomes ``fsgc20260462``."""
    return _JOINTS.sub("", folded)


def words(query: str) -> tuple[str, ...]:
    """Split a query at white space into folded words, each once and in order."""
    return tuple(dict.fromkeys(filter(None, map(fold, query.split()))))


def text_tokens(folded: str) -> set[str]:
    """Cut a folded field into characters, pairs, threes and fours; each token once."""
    found = {*folded, *pairs(folded), *code_tokens(folded)}
    if not folded.isascii():
        found.update(filter(is_chinese_three, threes(folded)))
    return found


def code_tokens(folded: str) -> list[str]:
    """The fours of a field, and the pairs and fours of what it is without joints."""
    if _RUN.search(folded) is None and _JOINTS.search(folded) is None:
        return []
    dense = compact(folded)
    found = list(pairs(dense)) if dense != folded else []
    for run in _RUN.findall(folded) + _RUN.findall(dense):
        found.extend(_fours(run))
    return found


def is_chinese_three(three: str) -> bool:
    """Tell whether three characters in a row are a token."""
    return _CHINESE_RUN.match(three) is not None


def pairs(text: str) -> Iterator[str]:
    """Every two characters in a row."""
    return map(str.__add__, text, text[1:])


def threes(text: str) -> Iterator[str]:
    """Every three characters in a row."""
    return map(str.__add__, pairs(text), text[2:])


def body_tokens(folded: str) -> set[str]:
    """Cut a folded body, or a field that is searched with it, into pairs and fours."""
    found = set(pairs(folded))
    for run in _BODY_RUN.findall(folded):
        found.update(_fours(run))
    return found


def word_tokens(word: str) -> tuple[str, ...]:
    """Tokens that every field has in which the folded `word` stands.

    Where it is one token, only those fields have it.
    """
    if len(word) == 1:
        return (word,)
    return _word_tokens(word, _LONG_RUN, lambda run: _fours(run) if run.isascii() else threes(run))


def body_word_tokens(word: str) -> tuple[str, ...]:
    """As `word_tokens`, of every body; nothing for a word of one character."""
    return _word_tokens(word, _BODY_RUN, _fours)


def merge_spans(hits: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put ranges in order and join those that touch."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(hits):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def fold_with_origin(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Fold, and tell for every folded character which range of `text` it comes from."""
    folded: list[str] = []
    origin: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = fold(text[start:end])
        folded.append(piece)
        origin.extend([(start, end)] * len(piece))
    return "".join(folded), origin


def _fours(run: str) -> Iterator[str]:
    parts = list(pairs(run))
    return map(str.__add__, parts, parts[2:])


def _word_tokens(
    word: str, long_runs: re.Pattern[str], cut: Callable[[str], Iterator[str]]
) -> tuple[str, ...]:
    """Cut the long runs of a word, and the rest into pairs."""
    found: list[str] = []
    covered = [run.span() for run in long_runs.finditer(word)]
    for start, pair in enumerate(pairs(word)):
        if not any(left <= start and start + 2 <= right for left, right in covered):
            found.append(pair)
    for left, right in covered:
        found.extend(cut(word[left:right]))
    return tuple(dict.fromkeys(found))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Cut text where NFKC of the parts, put together, is NFKC of the whole."""
    start = 0
    for i in range(1, len(text)):
        if _composes(text[start:i], text[i]):
            continue
        yield start, i
        start = i
    if text:
        yield start, len(text)


def _composes(before: str, character: str) -> bool:
    if character < "\u0300" or "\u4e00" <= character <= "\u9fff":
        return False
    alone = unicodedata.normalize("NFKC", character)
    if unicodedata.combining(alone[0]):
        return True
    apart = unicodedata.normalize("NFKC", before) + alone
    return unicodedata.normalize("NFKC", before + character) != apart
