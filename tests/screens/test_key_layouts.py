"""Keys of every kind of field."""

import string

import pytest

from kiosk import words
from kiosk.input.composer import Mode
from kiosk.widgets.key_layouts import Act, Face, Kind, kept, rows

EVERY = [
    (kind, mode, digits, shifted, chinese)
    for kind in Kind
    for mode in Mode
    for digits in (False, True)
    for shifted in (False, True)
    for chinese in (False, True)
]


def faces(kind: Kind, mode: Mode, *, digits: bool, shifted: bool, chinese: bool) -> list[Face]:
    lines = rows(kind, mode, digits=digits, shifted=shifted, chinese=chinese)
    return [face for line in lines for face in line]


@pytest.mark.parametrize(("kind", "mode", "digits", "shifted", "chinese"), EVERY)
def test_every_keyboard_can_delete_and_end_and_fits(
    kind: Kind, mode: Mode, digits: bool, shifted: bool, chinese: bool
) -> None:
    lines = rows(kind, mode, digits=digits, shifted=shifted, chinese=chinese)
    acts = [face.act for line in lines for face in line]
    assert acts.count(Act.DELETE) == acts.count(Act.DONE) == 1
    assert len(lines) <= 4
    for line in lines:
        assert sum(face.width for face in line) <= 10.2
        assert sum(1 for face in line if not face.width) <= 1
    typed = [face.text for line in lines for face in line if face.act is Act.TYPE]
    assert len(typed) == len(set(typed))


def test_words_of_the_keys_exist_in_both_languages() -> None:
    for language in ("zh", "en"):
        said = words.load(language)
        for kind, mode, digits, shifted, chinese in EVERY:
            for face in faces(kind, mode, digits=digits, shifted=shifted, chinese=chinese):
                assert not face.label or said[f"keys.{face.label}"]


def test_a_field_has_the_keys_of_its_kind() -> None:
    def typed(kind: Kind) -> set[str]:
        shown = faces(kind, Mode.PINYIN, digits=False, shifted=False, chinese=True)
        return {face.text for face in shown if face.act is Act.TYPE}

    assert typed(Kind.DIGITS) == set(string.digits)
    assert typed(Kind.TELEPHONE) == set(string.digits) | {"-"}
    assert typed(Kind.CODE) == set(string.digits + string.ascii_uppercase) | {"-"}
    assert typed(Kind.TEXT) == set(string.ascii_lowercase) | {" "}


@pytest.mark.parametrize(
    ("kind", "text", "taken"),
    [
        (Kind.TEXT, "浑河 a-1", "浑河 a-1"),
        (Kind.DIGITS, "1a-2 3中", "123"),
        (Kind.TELEPHONE, "0 24-5391a", "024-5391"),
        (Kind.CODE, "91a-b 中_", "91A-B"),
    ],
)
def test_a_field_takes_only_what_its_kind_allows(kind: Kind, text: str, taken: str) -> None:
    assert kept(kind, text) == taken


def test_without_chinese_there_is_no_key_for_it() -> None:
    for mode in (Mode.LATIN, Mode.PINYIN):
        shown = faces(Kind.TEXT, mode, digits=False, shifted=False, chinese=False)
        assert not {Act.LANGUAGE, Act.STROKE} & {face.act for face in shown}
