"""Words: both languages say the same things, and every word that code asks for is there."""

import re
import string
from pathlib import Path

import pytest

from display.notice import Category, NoticeKind
from kiosk import words

ROOT = Path(__file__).parent.parent
CHINESE_ONLY = "board."


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_words() -> None:
    chinese = {key for key in words.load("zh") if not key.startswith(CHINESE_ONLY)}
    assert chinese == set(words.load("en"))


@pytest.mark.parametrize("key", sorted(words.load("en")))
def test_a_word_takes_the_same_values_in_both_languages(key: str) -> None:
    dates = {"day", "month", "year", "month_name"}
    chinese, english = fields(words.load("zh")[key]), fields(words.load("en")[key])
    assert chinese - dates == english - dates


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_and_category_has_a_name(language: str) -> None:
    loaded = words.load(language)
    for kind in NoticeKind:
        assert loaded[f"kind.{kind}"]
    for category in Category:
        assert loaded[f"category.{category}"]
    for kind in NoticeKind:
        assert words.load("zh")[f"board.{kind}"]


def test_every_word_that_code_names_exists_and_none_is_left_over() -> None:
    loaded = words.load("zh")
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("kiosk", "display")
        for suffix in ("*.py", "*.kv")
        for path in (ROOT / folder).rglob(suffix)
    ]
    code = "\n".join(sources)
    named = set(re.findall(r"""words\[f?['"]([a-z_]+\.[a-z_]+)['"]\]""", code))
    assert named
    assert named <= set(loaded)
    built = ("kind.", "category.", "board.", "stage.", "virtual_board.", "virtual_reader.")
    built += ("evidence.kind_", "evidence.state_", "matters.state_", "matters.period_")
    built += ("keys.", "lookup.menu_", "lookup.all_", "lookup.period_")
    built += ("edition.mark_", "edition.explain_", "edition.part_", "caution.name_")
    built += ("owed.kind_", "owed.state_", "owed.problem_", "owed.done_", "matters.reason_")
    built += ("health.board_test_", "health.plain_", "owed.advice_")
    built += ("timing.tab_", "timing.mark_", "timing.day_", "timing.for_", "timing.holiday_")
    for key in loaded:
        if not key.startswith(built):
            last = key.partition(".")[2]
            assert (
                key in code
                or re.search(rf"""['"]{last}(_text)?['"]""", code)
                or (last.endswith("_text") and last.removesuffix("_text") in code)
            ), f"{key} is never shown"
