"""Cutting text into overlapping bigrams, for an index that finds any two characters (pure).

Text is folded first: NFKC, case, white space and invisible characters. ``招标公告`` becomes
``招标 标公 公告 告``: its bigrams and its last character. A word of two or more characters is
then a phrase of its bigrams, a single character a prefix.
"""

import unicodedata
from collections.abc import Iterator

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_MAX_WORDS = 64
"""FTS5 gives up on an expression that nests deeper than 256 (SQLITE_FTS5_MAX_EXPR_DEPTH)."""


def fold(text: str) -> str:
    """Bring text to the form that is indexed and compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c) not in _INVISIBLE)


def tokens(text: str) -> str:
    """Write the index tokens of a text, separated by blanks."""
    folded = fold(text)
    return " ".join([*_pairs(folded), folded[-1]]) if folded else ""


def words(query: str) -> tuple[str, ...]:
    """Split a query at white space into folded words, each once and in order."""
    return tuple(dict.fromkeys(filter(None, map(fold, query.split()))))


def match_expression(query: str) -> str | None:
    """Write a query as an FTS5 expression; None when it holds nothing to look for.

    All words must be found. Of more than 64 words the longest 64 are asked of the index;
    the caller compares the rest with `contains_all`.
    """
    asked = sorted(words(query), key=len, reverse=True)[:_MAX_WORDS]
    return " AND ".join(map(_phrase, asked)) or None


def asks_everything(query: str) -> bool:
    """Tell whether `match_expression` carries every word of the query."""
    return len(words(query)) <= _MAX_WORDS


def contains_all(texts: tuple[str, ...], query: str) -> bool:
    """Tell whether every word of the query stands in one of the texts."""
    folded = tuple(map(fold, texts))
    return all(any(word in text for text in folded) for word in words(query))


def match_spans(text: str, query: str) -> list[tuple[int, int]]:
    """Find the ranges ``[start, end)`` of `text` that the query's words hit, merged, in order.

    Positions count characters of `text` as it was given, before folding.
    """
    folded, origin = _fold_with_origin(text)
    hits: list[tuple[int, int]] = []
    for word in words(query):
        start = folded.find(word)
        while start != -1:
            hits.append((origin[start][0], origin[start + len(word) - 1][1]))
            start = folded.find(word, start + 1)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(hits):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _pairs(folded: str) -> Iterator[str]:
    return (folded[i : i + 2] for i in range(len(folded) - 1))


def _phrase(word: str) -> str:
    quoted = word.replace('"', '""')
    if len(word) == 1:
        return f'"{quoted}" *'
    return '"' + " ".join(_pairs(word)).replace('"', '""') + '"'


def _fold_with_origin(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Fold, and tell for every folded character which range of `text` it comes from."""
    folded: list[str] = []
    origin: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = fold(text[start:end])
        folded.append(piece)
        origin.extend([(start, end)] * len(piece))
    return "".join(folded), origin


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
    if unicodedata.combining(character):
        return True
    apart = unicodedata.normalize("NFKC", before) + unicodedata.normalize("NFKC", character)
    return unicodedata.normalize("NFKC", before + character) != apart
