"""What keys mean while one composes, with an input method of a few words."""

from collections.abc import Sequence

import pytest

from kiosk.input.composer import Composer, Mode
from kiosk.input.method import Composition, Schema

WORDS = [f"词{number}" for number in range(1, 13)]


class FewWords:
    """Every input means the same words; the first key of `hd` can be chosen by itself."""

    def __init__(self) -> None:
        self.keys, self.settled = "", ""
        self.schema = Schema.PINYIN
        self.forgot = 0

    def feed(self, key: str) -> Composition:
        self.keys += key
        return self._now()

    def backspace(self) -> Composition:
        self.keys = self.keys[:-1]
        return self._now()

    def choose(self, index: int) -> Composition:
        if self.keys == "hd" and not self.settled and index == 1:
            self.settled, self.keys = "浑", "d"
            return self._now()
        committed = self.settled + WORDS[index]
        self.clear()
        return Composition(committed=committed)

    def candidates(self, start: int, count: int) -> Sequence[str]:
        return WORDS[start : start + count] if self.keys and self.keys != "xx" else []

    def select(self, schema: Schema) -> None:
        self.clear()
        self.schema = schema

    def clear(self) -> None:
        self.keys = self.settled = ""

    def forget(self) -> None:
        self.clear()
        self.forgot += 1

    def _now(self) -> Composition:
        return Composition(self.settled, self.keys, self.keys)


@pytest.fixture
def composer() -> Composer:
    one = Composer(room=lambda words: min(5, len(words)))
    one.equip(FewWords())
    return one


def typed(composer: Composer, keys: str) -> str:
    return "".join(composer.type(key) for key in keys)


def test_letters_compose_and_a_digit_chooses(composer: Composer) -> None:
    assert typed(composer, "abc") == ""
    assert composer.composition.letters == "abc"
    assert composer.candidates.shown == tuple(WORDS[:5])
    assert composer.type("3") == "词3"
    assert not composer.composition
    assert composer.candidates.shown == ()


def test_space_takes_the_first_and_is_a_space_when_nothing_is_composed(composer: Composer) -> None:
    assert typed(composer, "a ") == "词1"
    assert composer.type(" ") == " "


@pytest.mark.parametrize(("forth", "back"), [("=", "-"), (".", ",")])
def test_pages_turn_forth_and_back(composer: Composer, forth: str, back: str) -> None:
    composer.type("a")
    assert (composer.candidates.has_previous, composer.candidates.has_next) == (False, True)
    typed(composer, forth)
    assert composer.candidates.shown == tuple(WORDS[5:10])
    typed(composer, forth)
    assert composer.candidates.shown == tuple(WORDS[10:])
    assert not composer.candidates.has_next
    typed(composer, back)
    assert composer.candidates.shown == tuple(WORDS[5:10])
    assert composer.type("2") == "词7"


def test_another_key_begins_with_the_first_page(composer: Composer) -> None:
    typed(composer, "a=b")
    assert composer.candidates.shown == tuple(WORDS[:5])


def test_the_part_that_was_chosen_stays_before_the_rest(composer: Composer) -> None:
    typed(composer, "hd2")
    assert composer.composition.preedit == "浑d"
    assert composer.query == "浑 d"
    assert composer.type(" ") == "浑词1"


def test_enter_takes_the_letters_as_they_are(composer: Composer) -> None:
    typed(composer, "hd2")
    assert composer.as_typed() == "浑d"
    assert not composer.composition


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("fs-2026-0412", "fs-2026-0412"),
        ("fs0412", "fs0412"),
        ("FSGC-2026", "FSGC-2026"),
        ("a，", "词1，"),
        ("aB", "词1B"),
        ("浑河", "浑河"),
        ("a9", "a9"),
        ("xx ", "xx"),
        ("xx5", "xx5"),
        ("'", "'"),
        ("2026年", "2026年"),
    ],
)
def test_codes_and_signs_go_through(composer: Composer, keys: str, text: str) -> None:
    assert typed(composer, keys) == text
    assert not composer.composition


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("fsgc2026", "fsgc2026"),
        ("fsgc-2026", "fsgc-2026"),
        ("hd-2", "hd-2"),
        ("a，", "词1，"),
        ("a.", "词1."),
        ("a ", "词1"),
    ],
)
def test_keys_beside_touched_candidates_type_what_they_say(
    composer: Composer, keys: str, text: str
) -> None:
    assert "".join(composer.type(key, shortcuts=False) for key in keys) == text
    composer.type("a")
    composer.page(1)
    assert composer.type("-", shortcuts=False) == "a-"


@pytest.mark.parametrize("mode", [Mode.LATIN, Mode.STROKE])
def test_pinyin_that_was_not_chosen_stays_letters_in_another_mode(
    composer: Composer, mode: Mode
) -> None:
    typed(composer, "fsgc")
    assert composer.leave_for(mode) == "fsgc"
    assert (composer.mode, bool(composer.composition)) == (mode, False)


def test_strokes_become_their_first_character_in_another_mode(composer: Composer) -> None:
    composer.switch(Mode.STROKE)
    typed(composer, "hs")
    assert composer.leave_for(Mode.PINYIN) == "词1"
    assert (composer.mode, bool(composer.composition)) == (Mode.PINYIN, False)


def test_a_digit_after_strokes_loses_no_character(composer: Composer) -> None:
    composer.switch(Mode.STROKE)
    typed(composer, "hs")
    assert composer.type("9") == "词19"


def test_several_characters_at_once_are_never_composed(composer: Composer) -> None:
    assert composer.type("abc") == "abc"
    composer.type("a")
    assert composer.type("hao") == "词1hao"


def test_backspace_and_escape_go_to_the_field_when_nothing_is_composed(composer: Composer) -> None:
    typed(composer, "ab")
    assert composer.backspace()
    assert composer.composition.keys == "a"
    assert composer.backspace()
    assert not composer.backspace()
    assert not composer.give_up()
    composer.type("a")
    assert composer.give_up()
    assert not composer.composition


def test_modes_change_what_letters_become(composer: Composer) -> None:
    composer.type("a")
    composer.switch(Mode.LATIN)
    assert not composer.composition
    assert composer.type("a") == "a"
    composer.switch(Mode.STROKE)
    assert composer.type("a") == "a"
    assert composer.type("h") == ""
    assert composer.query == "", "strokes are nothing to search for"
    assert composer.as_typed() == ""
    composer.switch(Mode.PINYIN)
    composer.type("h")
    composer.type("'")
    assert composer.query == "h"


def test_without_a_method_letters_stay_letters() -> None:
    composer = Composer()
    composer.switch(Mode.PINYIN)
    assert (composer.mode, composer.chinese) == (Mode.LATIN, False)
    assert typed(composer, "abc 1-") == "abc 1-"
    assert not composer.backspace()
    assert composer.choose(0) == ""
    composer.forget()


def test_the_grid_shows_more_and_ends_with_the_composition(composer: Composer) -> None:
    composer.room = len
    composer.type("a")
    composer.expand(True)
    assert composer.candidates.shown == tuple(WORDS)
    composer.choose(0)
    assert not composer.expanded


def test_forgetting_leaves_nothing_and_begins_with_pinyin(composer: Composer) -> None:
    composer.switch(Mode.STROKE)
    composer.type("h")
    composer.forget()
    method = composer._method
    assert isinstance(method, FewWords)
    assert method.forgot == 1
    assert (composer.composition, composer.mode) == (Composition(), Mode.PINYIN)


def test_whoever_shows_the_hint_hears_that_a_method_comes_or_does_not() -> None:
    composer, heard = Composer(), []
    composer.watch(lambda: heard.append(composer.preparing))
    composer.await_method(True)
    composer.await_method(False)
    composer.await_method(True)
    composer.equip(FewWords())
    assert heard[:3] == [True, False, True]
    assert not heard[-1]
    assert composer.chinese
