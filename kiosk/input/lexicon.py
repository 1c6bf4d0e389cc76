"""Dictionaries for librime, written from word lists and the tables that Debian ships (pure)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST, LEAST = 60_000, 20_000
"""Weights of the first and the last term of a list; everyday words lie below 20,000."""
LONGEST_WORD = 8


class BadTerm(ValueError):
    """A line of a word list cannot be used; the message says which and why."""


def table(text: str) -> Iterator[tuple[str, str, int]]:
    """Entries of a librime dictionary: word, code, weight (0 where it names none)."""
    _, _, entries = text.partition("\n...\n")
    for line in entries.splitlines():
        columns = line.split("\t")
        if len(columns) > 1 and not line.startswith("#"):
            weight = columns[2] if len(columns) > 2 and columns[2].isdigit() else "0"
            yield columns[0], columns[1], int(weight)


def terms(text: str) -> Iterator[tuple[str, str]]:
    """Words of a list, each with its pinyin where the line gives it, else with an empty text."""
    for line in text.splitlines():
        columns = line.split()
        if columns and not line.startswith("#"):
            yield columns[0], " ".join(columns[1:])


def best_readings(entries: Iterable[tuple[str, str, int]]) -> dict[str, str]:
    """The most frequent pinyin of each word of a table."""
    best: dict[str, tuple[int, str]] = {}
    for word, code, weight in entries:
        if word not in best or weight > best[word][0]:
            best[word] = (weight, code)
    return {word: code for word, (_, code) in best.items()}


def reading(word: str, readings: Mapping[str, str]) -> str:
    """Pinyin of a word, made up of the longest words known. Raises BadTerm."""
    syllables: list[str] = []
    at = 0
    while at < len(word):
        for length in range(min(LONGEST_WORD, len(word) - at), 0, -1):
            code = readings.get(word[at : at + length])
            if code is not None:
                syllables.append(code)
                at += length
                break
        else:
            raise BadTerm(f"{word}: give its pinyin after it, no reading of {word[at]} is known")
    return " ".join(syllables)


def pinyin_dictionary(
    name: str, basis: str, lists: Sequence[str], readings: Mapping[str, str]
) -> str:
    """A dictionary that puts the terms of `lists` before the words of dictionary `basis`."""
    lines = _head(name, [basis])
    seen: set[tuple[str, str]] = set()
    for text in lists:
        words = [(word, code or reading(word, readings)) for word, code in terms(text)]
        step = (MOST - LEAST) / max(1, len(words) - 1)
        for number, entry in enumerate(words):
            if entry not in seen:
                seen.add(entry)
                lines.append(f"{entry[0]}\t{entry[1]}\t{round(MOST - number * step)}")
    return "\n".join(lines) + "\n"


def stroke_dictionary(
    name: str,
    strokes: Iterable[tuple[str, str, int]],
    pinyin: Iterable[tuple[str, str, int]],
) -> str:
    """Stroke codes of single characters, weighted by how often they are written today."""
    frequency: dict[str, int] = {}
    for word, _, weight in pinyin:
        for character in word:
            frequency[character] = frequency.get(character, 0) + weight
    lines = _head(name, [])
    for character, code, _ in strokes:
        if code and (character in frequency or _in_gbk(character)):
            lines.append(f"{character}\t{code}\t{frequency.get(character, 0)}")
    return "\n".join(lines) + "\n"


def _in_gbk(text: str) -> bool:
    """Whether it is one of the 21,003 characters that every Chinese font has."""
    try:
        return len(text) == 1 and len(text.encode("gbk")) == 2
    except UnicodeEncodeError:
        return False


def _head(name: str, imported: Sequence[str]) -> list[str]:
    lines = ["---", f"name: {name}", 'version: "1"', "sort: by_weight"]
    if imported:
        lines += ["import_tables:", *(f"  - {other}" for other in imported)]
    return [*lines, "..."]
