"""Reading Latin letters as pinyin, and Chinese text as syllables (pure).

Sounds that speakers from many provinces confuse are one: z/zh, c/ch, s/sh, n/l at the
beginning, n/ng at the end. Both sides are brought to that form, so ``zaobiao`` finds 招标.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

_LATIN = re.compile("[a-z]+")
_MAX_SEGMENTATIONS = 8
_SHORTEST_INITIALS = 3
_SHORTEST_TYPO = 5
_MOST_VARIANTS = 4
_GRAM = 3
_KEPT_PATTERNS = 64
_FIRST_MARK = 0xF0000
"""Of a private use area, which no text of ours uses."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What each Chinese character can be read as."""

    syllables: Mapping[str, tuple[str, ...]]
    """Character → its readings in plain form (see `plain`)."""
    of_syllable: Mapping[str, str]
    """Plain form → the characters that are read so."""
    common: frozenset[str] = field(repr=False)
    """The characters of everyday text."""
    initials: Mapping[str, str]
    """Character → the first letters of its readings, the more frequent reading first."""
    typed: Mapping[str, str]
    """Syllable as it can be typed → plain form."""
    starts: Mapping[str, frozenset[str]]
    """Beginning of a typed syllable → the plain forms that it may become."""
    gram_letters: Mapping[str, str]
    """As `initials`, with l for n."""
    marks: Mapping[int, str] = field(repr=False)
    """Code point → a mark of its first letters; for `str.translate`."""
    marks_of: Mapping[str, str] = field(repr=False)
    """First letter → the marks that have it, and itself."""
    patterns: dict[str | tuple[frozenset[str], ...], re.Pattern[str]] = field(
        default_factory=dict, repr=False
    )

    def pattern(self, steps: tuple[frozenset[str], ...]) -> re.Pattern[str]:
        """What finds characters in a row that sound so."""
        classes = ("".join(self.of_syllable[form] for form in step) for step in steps)
        return self.patterns.get(steps) or self._kept(steps, classes, "{}")

    def initials_pattern(self, letters: str) -> re.Pattern[str]:
        """What finds every place in a text of `marks` where these first letters are in a row."""
        classes = (self.marks_of.get(letter, letter) for letter in letters)
        return self.patterns.get(letters) or self._kept(letters, classes, "(?={})")

    def forget(self) -> None:
        """Drop the patterns, which tell what was looked for; `re` keeps them as well."""
        self.patterns.clear()
        re.purge()

    def _kept(
        self, key: str | tuple[frozenset[str], ...], classes: Iterable[str], form: str
    ) -> re.Pattern[str]:
        if len(self.patterns) >= _KEPT_PATTERNS:
            self.patterns.clear()
        found = re.compile(form.format("".join(f"[{c}]" for c in classes)))
        self.patterns[key] = found
        return found


@dataclass(frozen=True, slots=True)
class Sound:
    """One way to read a Latin word: what each character in a row must sound like."""

    steps: tuple[frozenset[str], ...]
    initials: str
    """First letters of the steps, where the index can use them; otherwise empty."""
    characters: str = ""
    """Every character that sounds so, if there is only one step."""


def plain(syllable: str) -> str:
    """Bring a syllable to the form in which sounds that are confused are equal."""
    syllable = syllable.replace("v", "u")
    if syllable[:2] in {"zh", "ch", "sh"}:
        syllable = syllable[0] + syllable[2:]
    if syllable[0] == "n":
        syllable = "l" + syllable[1:]
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


def read_table(text: str) -> Readings:
    """Read lines of a syllable and its characters; ``#`` begins a comment line."""
    syllables: dict[str, list[str]] = {}
    initials: dict[str, str] = {}
    typed: dict[str, str] = {}
    of_syllable: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        syllable, characters = line.split(" ", 1)
        form = plain(syllable)
        typed.update(dict.fromkeys(_typed_forms(syllable), form))
        for character in characters:
            known = syllables.setdefault(character, [])
            if form not in known:
                known.append(form)
                of_syllable.setdefault(form, []).append(character)
            if syllable[0] not in initials.get(character, ""):
                initials[character] = initials.get(character, "") + syllable[0]
    starts: dict[str, set[str]] = {}
    for key, form in typed.items():
        for end in range(1, len(key) + 1):
            starts.setdefault(key[:end], set()).add(form)
    gram_letters = {c: letters.replace("n", "l") for c, letters in initials.items()}
    marks, marks_of = _marks(initials)
    return Readings(
        syllables={character: tuple(known) for character, known in syllables.items()},
        of_syllable={form: "".join(found) for form, found in of_syllable.items()},
        common=frozenset(filter(_is_common, initials)),
        initials=initials,
        typed=typed,
        starts={key: frozenset(forms) for key, forms in starts.items()},
        gram_letters=gram_letters,
        marks=marks,
        marks_of=marks_of,
    )


def is_latin(word: str) -> bool:
    """Tell whether a folded word may be pinyin."""
    return _LATIN.fullmatch(word.replace("'", "")) is not None


def syllable_pairs(pair: str, readings: Readings) -> tuple[str, ...]:
    """Two characters as plain syllables, in all their readings; nothing where one has none."""
    first, second = (readings.syllables.get(character, ()) for character in pair)
    return tuple(f"{one}'{other}" for one in first for other in second)


def initial_grams(three: str, readings: Readings) -> set[str]:
    """The first letters of three characters, in all their readings.

    Latin letters stand for themselves. The letters n and l are one here too.
    """
    letters = (readings.gram_letters.get(c) or c.replace("n", "l") for c in three)
    return set(filter(str.isalpha, map("".join, product(*letters))))


def grams(initials: str) -> tuple[str, ...]:
    """The threes of a row of first letters, as `initial_grams` writes them."""
    letters = initials.replace("n", "l")
    return tuple(letters[i : i + _GRAM] for i in range(len(letters) - _GRAM + 1))


def initials_of(word: str) -> str:
    """The word as a row of first letters; empty when it is too short for that."""
    letters = re.sub("(?<=[zcs])h", "", word.replace("'", ""))
    return letters if len(letters) >= _SHORTEST_INITIALS else ""


def sounds_of(word: str, readings: Readings) -> tuple[Sound, ...]:
    """All ways to read a Latin word as syllables, the last of which may be unfinished.

    A word that cannot be read so is tried with one letter left out or two exchanged.
    """
    found = [
        Sound(steps, "".join(first))
        for steps, first in _segmentations(word.replace("'", ""), readings)
    ]
    shortest = min((len(sound.steps) for sound in found), default=0)
    found = [sound for sound in found if len(sound.steps) <= max(2, shortest)]
    if not found and len(word) >= _SHORTEST_TYPO:
        for variant in _variants(word):
            whole = _whole_segmentation(variant, readings)
            if whole is not None and whole not in found:
                found.append(whole)
            if len(found) == _MOST_VARIANTS:
                break
    return tuple(_with_characters(sound, readings) for sound in found)


def sound_of_text(word: str, readings: Readings) -> Sound | None:
    """What a Chinese word sounds like; None when a character has no reading."""
    steps = tuple(frozenset(readings.syllables.get(character, ())) for character in word)
    return Sound(steps, "") if len(word) > 1 and all(steps) else None


def sound_spans(text: str, sound: Sound, readings: Readings) -> Iterator[tuple[int, int]]:
    """Where in a folded text the sound stands."""
    return (found.span() for found in readings.pattern(sound.steps).finditer(text))


def initials_spans(text: str, letters: str, readings: Readings) -> Iterator[tuple[int, int]]:
    """Where in a folded text characters begin with these letters in a row."""
    pattern = readings.initials_pattern(letters)
    for found in pattern.finditer(text.translate(readings.marks)):
        yield found.start(), found.start() + len(letters)


def _marks(initials: Mapping[str, str]) -> tuple[dict[int, str], dict[str, str]]:
    """Give characters with the same first letters the same mark."""
    marks: dict[frozenset[str], str] = {}
    of_character: dict[int, str] = {}
    for character, letters in initials.items():
        mark = marks.setdefault(frozenset(letters), chr(_FIRST_MARK + len(marks)))
        of_character[ord(character)] = mark
    of_letter = {
        letter: letter + "".join(mark for letters, mark in marks.items() if letter in letters)
        for letter in {letter for letters in marks for letter in letters}
    }
    return of_character, of_letter


def _is_common(character: str) -> bool:
    """Level 1 of GB 2312: the 3,755 characters of everyday text."""
    try:
        return 0xB0 <= character.encode("gb2312")[0] <= 0xD7
    except UnicodeEncodeError:
        return False


def _with_characters(sound: Sound, readings: Readings) -> Sound:
    if len(sound.steps) > 1:
        return sound
    (step,) = sound.steps
    characters = {c for form in step for c in readings.of_syllable[form]} & readings.common
    return replace(sound, characters="".join(sorted(characters)))


def _typed_forms(syllable: str) -> Iterator[str]:
    """A syllable as it is spelt, and as those who confuse sounds would type it."""
    heads = {syllable}
    for long in ("zh", "ch", "sh"):
        if syllable.startswith(long):
            heads.add(long[0] + syllable[2:])
        elif syllable.startswith(long[0]):
            heads.add(long + syllable[1:])
    for one, other in (("n", "l"), ("l", "n")):
        if syllable.startswith(one):
            heads.add(other + syllable[1:])
    for head in heads:
        yield head
        if "v" in head:
            yield head.replace("v", "u")
        if head.endswith(("an", "en", "in")):
            yield head + "g"
        elif head.endswith(("ang", "eng", "ing")):
            yield head.removesuffix("g")


def _segmentations(
    word: str, readings: Readings
) -> Iterator[tuple[tuple[frozenset[str], ...], tuple[str, ...]]]:
    """Cut into syllables, longest first; at least the first is whole."""
    count = 0
    open_ends: list[tuple[int, tuple[frozenset[str], ...], tuple[str, ...]]] = [(0, (), ())]
    while open_ends and count < _MAX_SEGMENTATIONS:
        start, steps, first = open_ends.pop()
        rest = word[start:]
        if not rest:
            continue
        if rest in readings.starts and (steps or rest in readings.typed):
            count += 1
            yield (*steps, readings.starts[rest]), (*first, rest[0])
        for length in range(1, min(6, len(rest) - 1) + 1):
            form = readings.typed.get(rest[:length])
            if form is not None:
                step = frozenset({form})
                open_ends.append((start + length, (*steps, step), (*first, rest[0])))


def _whole_segmentation(word: str, readings: Readings) -> Sound | None:
    for steps, first in _segmentations(word, readings):
        if len(steps) > 1 and len(steps[-1]) == 1:
            return Sound(steps, "".join(first))
    return None


def _variants(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
    for place in range(len(word) - 1):
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
