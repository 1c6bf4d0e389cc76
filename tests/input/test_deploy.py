"""Building the dictionaries: once, out of word lists, and what goes wrong."""

import ctypes.util
import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Callable
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
from kiosk.input.seal import SEAL

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


TABLES = {"pinyin_simp": "---\n...\n路\tlu\t9\n", "stroke": "---\n...\n路\tszhs\n"}
BUILT = {"words.table.bin": b"words" * 500, "words.prism.bin": b"spellings" * 500}


class Making:
    """Dictionaries made without librime."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.shared, self.count = folder / "cache", folder / "shared", 0
        self.shared.mkdir()
        for name, text in TABLES.items():
            (self.shared / f"{name}.dict.yaml").write_text(text, encoding="utf-8")

    def __call__(self, *lists: str) -> Path:
        return deployed(self.cache, lists, self.shared)

    def compile(self, folder: Path, _shared: Path) -> None:
        self.count += 1
        (folder / "build").mkdir()
        for name, data in BUILT.items():
            (folder / "build" / name).write_bytes(data)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Making:
    making = Making(tmp_path)
    monkeypatch.setattr(deploy, "_compile", making.compile)
    return making


def test_the_same_lists_are_built_once_and_others_replace_them(made: Making) -> None:
    first = made("路")
    assert made("路") == first
    assert made.count == 1
    second = made("# other\n路")
    assert second != first
    assert [each.name for each in made.cache.iterdir()] == [second.name]
    with pytest.raises(RimeMissing, match="浑: give its pinyin"):
        made("浑")
    assert [each.name for each in made.cache.iterdir()] == [second.name]


def emptied(folder: Path) -> None:
    (folder / "build" / "words.table.bin").write_bytes(b"")


def halved(folder: Path) -> None:
    os.truncate(folder / "build" / "words.prism.bin", 2250)


def without_a_block(folder: Path) -> None:
    with (folder / "build" / "words.prism.bin").open("r+b") as file:
        file.seek(512)
        file.write(bytes(512))


def without_a_file(folder: Path) -> None:
    (folder / "build" / "words.table.bin").unlink()


def without_list(folder: Path) -> None:
    (folder / SEAL).unlink()


def nothing_but_an_empty_list(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / SEAL).touch()


@pytest.mark.parametrize(
    "damage",
    [emptied, halved, without_a_block, without_a_file, without_list, nothing_but_an_empty_list],
)
def test_what_a_loss_of_power_damaged_is_made_anew(
    made: Making, damage: Callable[[Path], None]
) -> None:
    folder = made("路")
    damage(folder)
    assert made("路") == folder
    assert made.count == 2
    assert {each.name: each.read_bytes() for each in (folder / "build").iterdir()} == BUILT
    made("路")
    assert made.count == 2


def test_files_reach_the_disk_before_the_folder_has_its_name(
    made: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    fsync = os.fsync

    def noted(opened: int) -> None:
        synced.append(Path(f"/proc/self/fd/{opened}").readlink().name)
        fsync(opened)

    monkeypatch.setattr(os, "fsync", noted)
    folder = made("路")
    every = {each.name for each in folder.rglob("*")}
    assert every - {SEAL} <= set(synced[: synced.index(SEAL)])
    assert synced[synced.index(SEAL) :] == [SEAL, "rime", "cache"]


def test_leftovers_go_once_whoever_made_them_has_ended(made: Making) -> None:
    left = made.cache / "making-x"
    left.mkdir(parents=True)
    (left / "words.table.bin").write_bytes(b"half")
    making = os.open(made.cache, os.O_RDONLY)
    fcntl.flock(making, fcntl.LOCK_EX)
    waiting = threading.Thread(target=made, args=("路",))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive() and left.is_dir()
    os.close(making)
    waiting.join(10)
    assert [each.name for each in made.cache.iterdir()] == [made("路").name]
    assert made.count == 1


def test_a_full_disk_is_told_and_leaves_what_was_there(
    made: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made("路")

    def full(_folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as changed:
        changed.setattr(deploy, "seal", full)
        with pytest.raises(RimeMissing, match="No space left on device; make room on the disk"):
            made("# other\n路")
    assert [each.name for each in made.cache.iterdir()] == [folder.name]


def test_a_place_where_nothing_can_be_kept_is_told(made: Making) -> None:
    made.cache.write_text("a file", encoding="utf-8")
    with pytest.raises(RimeMissing, match="let this user write to"):
        made("路")


def test_a_list_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_bytes("浑河路 hun he lu\n".encode("gb18030"))
    with pytest.raises(RimeMissing, match=r"own\.txt as UTF-8"):
        lexicons("210400", own)
    with pytest.raises(RimeMissing, match="No such file"):
        lexicons("210400", tmp_path / "none.txt")


def test_a_damaged_table_of_debian_is_told(made: Making) -> None:
    (made.shared / "stroke.dict.yaml").write_bytes(b"---\n...\n\xff\xff\n")
    with pytest.raises(RimeMissing, match="reinstall rime-data-stroke"):
        made("路")


@pytest.mark.parametrize("left", [0, 0.5])
def test_dictionaries_that_end_a_process_do_not_end_this_one(
    dictionaries: Path, tmp_path: Path, left: float
) -> None:
    damaged = shutil.copytree(dictionaries, tmp_path / "damaged")
    path = damaged / "build" / "mingtang_stroke.table.bin"
    os.truncate(path, int(path.stat().st_size * left))
    deploy._run("kiosk.input.rime", dictionaries)
    with pytest.raises(RimeMissing, match="could not build its dictionary"):
        deploy._run("kiosk.input.rime", damaged)


def test_a_damaged_dictionary_is_built_anew_and_opens(dictionaries: Path, tmp_path: Path) -> None:
    cache = tmp_path / "input"
    damaged = shutil.copytree(dictionaries, cache / dictionaries.name)
    os.truncate(damaged / "build" / "mingtang_stroke.table.bin", 0)
    assert deployed(cache, lexicons("210400", None)) == damaged
    deploy._run("kiosk.input.rime", damaged)


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
