"""What a query asks for: of the index, and of the text of a notice (pure).

A word is found where it stands in the title, the number, the buyer or the agent; where it
stands in them when what joins the parts of a code is left out; where Latin letters are the
pinyin or the first letters of Chinese characters in a row; and where it is the date of
publication, opening or closing. All words must be found.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from display.notice import Notice
from kiosk.store.bigrams import (
    MARKS,
    UNSEEN,
    body_word_tokens,
    compact,
    fold,
    fold_lines,
    fold_with_origin,
    merge_spans,
    word_tokens,
    words,
)
from kiosk.store.dates import day_token, day_tokens
from kiosk.store.pinyin import (
    Readings,
    Sound,
    grams,
    initials_of,
    initials_spans,
    is_latin,
    sound_of_text,
    sound_spans,
    sounds_of,
)

_MAX_WORDS = 64
"""FTS5 gives up on an expression that nests deeper than 256 (SQLITE_FTS5_MAX_EXPR_DEPTH)."""
_SHORTEST_NUMBER = 4
_SHORTEST_SOUND = 2
_MOST_CHOICES = 64
"""Where a sound leaves more open than this, it is left to comparing, if anything else is asked."""

_CHINESE = re.compile("[\u4e00-\u9fff]+")
_FOLDS_TO_CHINESE = re.compile(
    f"[{UNSEEN}\\\\\u2e80-\u2fff\u3200-\u33ff\uf900-\ufaff\U0001f200-\U0001f2ff\U0002f800-\U0002fa1f]"
)
"""What folding turns into Chinese characters or takes out from between them, and escapes."""

Group = frozenset[str]
"""Tokens of which a text has at least one."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query and the ways in which it may be meant."""

    text: str
    dense: str
    """The word without what joins the parts of a code; empty when that makes no difference."""
    day: str | None
    initials: str
    sounds: tuple[Sound, ...]
    by_sound: bool = False
    """The word is Chinese, and its sounds are asked for because it was not found itself."""

    def alternatives(self) -> list[tuple[Group, ...]]:
        """Of at least one of these, a text in which the word is found has all groups."""
        if self.by_sound:
            # The word itself sounds so too.
            return [self._groups(sound) for sound in self.sounds]
        found = [_single(word_tokens(self.text))]
        if self.dense:
            found.append(_single(word_tokens(self.dense)))
        if self.day is not None:
            found.append((frozenset({self.day}),))
        if self.initials:
            found.append(_marked("initials", grams(self.initials)))
        found += [self._groups(sound) for sound in self.sounds]
        return list(dict.fromkeys(found))

    def _groups(self, sound: Sound) -> tuple[Group, ...]:
        if len(sound.steps) == 1:
            return (frozenset(sound.characters),)
        mark = MARKS["syllables"]
        pairs = tuple(
            frozenset(f"{mark}{one}'{other}" for one in first for other in second)
            for first, second in pairwise(sound.steps)
        )
        few = tuple(group for group in pairs if len(group) <= _MOST_CHOICES)
        return few + _marked("initials", grams(sound.initials)) or pairs[:1]

    def is_exact(self) -> bool:
        """Whether the fields' index alone tells if the word is found."""
        return not self._is_more_than_text() and word_tokens(self.text) == (self.text,)

    def needle(self) -> str:
        """Chinese characters in a row that stand in every field in which the word is found."""
        if self._is_more_than_text():
            return ""
        return max(_CHINESE.findall(self.text), key=len, default="")

    def _is_more_than_text(self) -> bool:
        return bool(self.dense or self.day or self.initials or self.sounds)


class NoticeText:
    """The searched text of a notice, folded when it is needed."""

    def __init__(self, notice: Notice) -> None:
        self.notice = notice

    @cached_property
    def lines(self) -> str:
        """One line a field."""
        return fold_lines(searched_texts(self.notice))

    @cached_property
    def dense(self) -> str:
        """The lines, compact."""
        return compact(self.lines)


@dataclass(frozen=True, slots=True)
class Question:
    """A query, understood."""

    words: tuple[Word, ...]
    number: str
    """The whole query as a project number, compact; empty when it cannot be one."""
    readings: Callable[[], Readings]

    def asked(self) -> tuple[Word, ...]:
        """The words that the index is asked for: the longest, when there are very many."""
        return tuple(sorted(self.words, key=lambda word: -len(word.text))[:_MAX_WORDS])

    def needles(self) -> tuple[str, ...]:
        """What stands in every plain document (see `is_plain`) that `matches`.

        What the index tells anyway is left out.
        """
        return tuple(filter(None, (w.needle() for w in self.words if not w.is_exact())))

    def is_exact(self) -> bool:
        """Whether the fields' index alone tells if all words are found."""
        return len(self.asked()) == len(self.words) and all(w.is_exact() for w in self.words)

    def matches(self, text: NoticeText) -> bool:
        """Tell whether all words are found."""
        return all(self._is_found(word, text) for word in self.words)

    def matches_with_body(self, text: NoticeText, body: str) -> bool:
        """Tell whether all words are found, where they may also stand in the `body_text`."""
        return all(word.text in body or self._is_found(word, text) for word in self.words)

    def body_is_exact(self) -> bool:
        """Whether the bodies' index alone tells if all words are found."""
        return len(self.asked()) == len(self.words) and all(
            body_word_tokens(word.text) == (word.text,) for word in self.words
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The ranges ``[start, end)`` of `text` that the words hit, merged, in order.

        Positions count characters of `text` as it was given.
        """
        folded, origin = fold_with_origin(text)
        dense, place = _compact_with_origin(folded)
        hits: list[tuple[int, int]] = []
        for word in self.words:
            hits += _finds(folded, word.text)
            if word.dense or word.text.isascii():
                finds = _finds(dense, word.dense or word.text)
                hits += [(place[start], place[end - 1] + 1) for start, end in finds]
            if word.initials:
                hits += initials_spans(folded, word.initials, self.readings())
            for sound in word.sounds:
                hits += sound_spans(folded, sound, self.readings())
        return merge_spans((origin[start][0], origin[end - 1][1]) for start, end in hits)

    def _is_found(self, word: Word, text: NoticeText) -> bool:
        # A folded word that stands in the text as it is needs no folding of the text.
        if word.text in text.notice.title or word.text in text.lines:
            return True
        if any(any(sound_spans(text.lines, sound, self.readings())) for sound in word.sounds):
            return True
        if word.initials and any(initials_spans(text.lines, word.initials, self.readings())):
            return True
        if (word.dense or word.text) in text.dense:
            return True
        return word.day is not None and word.day in notice_days(text.notice)


def understand(query: str, readings: Callable[[], Readings], *, by_sound: bool = False) -> Question:
    """Read a query; `by_sound` also takes Chinese words for others that sound alike."""
    return Question(
        words=tuple(_word(text, readings, by_sound) for text in words(query)),
        number=_number(fold(query)),
        readings=readings,
    )


def is_plain(document: str) -> bool:
    """Tell whether the Chinese characters of a notice's JSON stand as they do when folded."""
    return _FOLDS_TO_CHINESE.search(document) is None


def searched_texts(notice: Notice) -> tuple[str, ...]:
    """The fields of a notice that a visitor searches in, besides the body."""
    return (notice.title, notice.tender_no, notice.buyer, notice.agent)


def notice_days(notice: Notice) -> set[str]:
    """The tokens of the days that matter to a notice."""
    return day_tokens((notice.published_at, notice.opens_at, notice.closes_at))


def number_key(tender_no: str) -> str:
    """A project number's letters and digits: what is compared when one is typed."""
    return "".join(filter(str.isalnum, fold(tender_no)))


def _number(folded: str) -> str:
    key = number_key(folded)
    return key if len(key) >= _SHORTEST_NUMBER and any(map(str.isdecimal, key)) else ""


def _word(text: str, readings: Callable[[], Readings], by_sound: bool) -> Word:
    dense = compact(text)
    initials = ""
    sounds: tuple[Sound, ...] = ()
    if is_latin(text) and len(text) >= _SHORTEST_SOUND:
        initials, sounds = initials_of(text), sounds_of(text, readings())
    elif by_sound:
        sound = sound_of_text(text, readings())
        sounds = () if sound is None else (sound,)
    return Word(
        text,
        dense if dense != text else "",
        day_token(text),
        initials,
        sounds,
        by_sound=bool(sounds) and by_sound and not is_latin(text),
    )


def _single(tokens: tuple[str, ...]) -> tuple[Group, ...]:
    return tuple(frozenset({token}) for token in tokens)


def _marked(mark: str, tokens: tuple[str, ...]) -> tuple[Group, ...]:
    return _single(tuple(MARKS[mark] + token for token in tokens))


def _finds(text: str, word: str) -> Iterator[tuple[int, int]]:
    start = text.find(word)
    while start != -1:
        yield start, start + len(word)
        start = text.find(word, start + 1)


def _compact_with_origin(folded: str) -> tuple[str, list[int]]:
    """Compact, and tell for every character left where it stood."""
    dense = compact(folded)
    place: list[int] = []
    at = 0
    for character in dense:
        at = folded.index(character, at)
        place.append(at)
        at += 1
    return dense, place
