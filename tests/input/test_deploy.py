"""Building the dictionaries: once, out of word lists, and what goes wrong."""

import ctypes.util
from pathlib import Path

import pytest

from kiosk.input import deploy, rime_api
from kiosk.input.deploy import SHARED, deployed, lexicons
from kiosk.input.lexicon import (
    LEAST,
    MOST,
    BadTerm,
    best_readings,
    pinyin_dictionary,
    reading,
    stroke_dictionary,
    table,
    terms,
)
from kiosk.input.rime_api import Library, RimeMissing

READINGS = {"银行": "yin hang", "行": "xing", "人": "ren", "人行道": "ren xing dao", "路": "lu"}


def test_a_word_is_read_by_the_longest_words_it_is_made_of() -> None:
    assert reading("银行路", READINGS) == "yin hang lu"
    assert reading("人行道路", READINGS) == "ren xing dao lu"
    with pytest.raises(BadTerm, match="give its pinyin"):
        reading("浑河路", READINGS)


def test_a_list_gives_words_with_and_without_pinyin() -> None:
    text = "# for people\n\n银行\n将军堡 jiang jun pu\n 人行道 \n"
    assert list(terms(text)) == [("银行", ""), ("将军堡", "jiang jun pu"), ("人行道", "")]


def test_the_upper_of_two_words_weighs_more_and_the_first_list_wins() -> None:
    made = pinyin_dictionary("d", "basis", ["银行\n人行道", "人\n银行\n行"], READINGS)
    assert "import_tables:\n  - basis" in made
    entries = list(table(made))
    assert [word for word, _, _ in entries] == ["银行", "人行道", "人", "行"]
    assert [weight for _, _, weight in entries] == [MOST, LEAST, MOST, LEAST]


def test_strokes_of_frequent_characters_weigh_more_and_signs_are_left_out() -> None:
    strokes = [("十", "hs", 0), ("丁", "hs", 0), ("𠃍", "hs", 0), ("㐄", "hzs", 0)]
    made = stroke_dictionary("d", strokes, [("十", "shi", 7), ("二十", "er shi", 5)])
    assert list(table(made)) == [("十", "hs", 12), ("丁", "hs", 0)]


def test_every_shipped_word_has_a_reading() -> None:
    path = SHARED / "pinyin_simp.dict.yaml"
    if not path.exists():
        pytest.skip("the Debian package rime-data-pinyin-simp is not installed")
    readings = best_readings(table(path.read_text(encoding="utf-8")))
    for text in lexicons("210400", None):
        for word, code in terms(text):
            assert len((code or reading(word, readings)).split()) == len(word)


def test_a_centres_own_list_comes_before_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("某某路\n", encoding="utf-8")
    assert lexicons("210400", own)[0] == "某某路\n"
    assert len(lexicons("210400", None)) == 2
    assert len(lexicons("990000", None)) == 1


def test_the_same_lists_are_built_once_and_others_replace_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def compile_(folder: Path, _shared: Path) -> None:
        built.append(folder)
        (folder / "build").mkdir()

    monkeypatch.setattr(deploy, "_compile", compile_)
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "pinyin_simp.dict.yaml").write_text("---\n...\n路\tlu\t9\n", encoding="utf-8")
    (shared / "stroke.dict.yaml").write_text("---\n...\n路\tszhs\n", encoding="utf-8")
    first = deployed(tmp_path / "cache", ["路"], shared)
    assert deployed(tmp_path / "cache", ["路"], shared) == first
    assert len(built) == 1
    second = deployed(tmp_path / "cache", ["# other\n路"], shared)
    assert second != first
    assert [each.name for each in (tmp_path / "cache").iterdir()] == [second.name]
    with pytest.raises(RimeMissing, match="浑: give its pinyin"):
        deployed(tmp_path / "cache", ["浑"], shared)
    assert [each.name for each in (tmp_path / "cache").iterdir()] == [second.name]


def test_missing_data_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(RimeMissing, match="rime-data-pinyin-simp"):
        deployed(tmp_path / "cache", [], tmp_path)


def test_a_missing_or_other_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(rime_api, "LIBRARY", "librime-of-nowhere.so.1")
        with pytest.raises(RimeMissing, match="install librime1"):
            Library()
    with monkeypatch.context() as changed:
        changed.setattr(rime_api, "LIBRARY", ctypes.util.find_library("c"))
        with pytest.raises(RimeMissing, match="install librime1"):
            Library()
    with monkeypatch.context() as changed:
        changed.setitem(rime_api.ANCHORS, rime_api.PROCESS_KEY, "RimeFinalize")
        with pytest.raises(RimeMissing, match="another interface"):
            Library()
