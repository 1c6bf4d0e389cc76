"""Each mistake in a file that a person writes is told in plain words, and by one place."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from kiosk.expectations import expectation, first_fault
from kiosk.settings import SettingsError, load
from kiosk.toml_file import Unreadable, parse_toml

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "assets" / "settings" / "example.toml"


def told_of(folder: Path, content: bytes) -> str:
    path = folder / "mingtang.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as problem:
        load(path)
    return str(problem.value).replace(str(path), "FILE")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "poll_s = 15.0",
            'poll_s = "15"',
            "FILE: sync.poll_s: expected: a number, without quotes (seconds between looks)",
        ),
        (
            "port = 8710",
            'port = "8710"',
            "FILE: central.port: expected: a whole number, without quotes",
        ),
        ("port = 8710", "port = 99999", "FILE: central.port: expected: 65535 or less"),
        ("check_size = true ", 'check_size = "yes" ', "true or false, without quotes (refuse"),
        ('telephone = "53910026"', "telephone = 53910026", 'expected: text in quotes, as "…"'),
        ('language = "zh"', 'language = "de"', "screen.language: expected: one of 'zh' or 'en'"),
        ('name = "FS-02"', 'name = ""', "terminal.name: expected: no fewer than 1 characters"),
        (
            'card = "bx-k"',
            'card = "bx"',
            "FILE: board lobby, card: expected: one of bx-k, frame (bx-k draws texts itself; "
            "frame takes each page as a picture)",
        ),
        (
            'name = "lobby"',
            'name = "Lobby!"',
            "FILE: board Lobby!, name: expected: text of the form ^[a-z0-9-]{1,40}$",
        ),
        ("[private]", "[privat]", "FILE: privat: unknown section; remove it or correct its name"),
        ("poll_s = 15.0", "pol_s = 15.0", "FILE: sync.pol_s: unknown key; remove it"),
        ("[sync]", "sync = 3\n[x]", "FILE: sync: expected: a table of keys and values"),
    ],
)
def test_a_wrong_value_says_what_was_expected(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    # What stands above the first section belongs to the file as a whole.
    changed = f"{new}\n{text}" if new.startswith("sync = ") else text.replace(old, new, 1)
    if new.startswith("sync = "):
        changed = f"sync = 3\n{text[: text.index('[sync]')]}[screen]\n"
    assert told in told_of(tmp_path, changed.encode())


def test_a_board_without_a_name_is_counted(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace('name = "lobby"\n', "", 1)
    assert "FILE: [[boards]] 1, name: is missing" in told_of(tmp_path, text.encode())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"cut_over = 00:00\n", 'line 1: texts and times stand in quotes, as "08:30"'),
        (b"port = /dev/ttyUSB0\n", "line 1: texts and times stand in quotes"),
        (b'x = 1\ncut_over = "00:00\n', "line 2: a quote is not closed"),
        (b"x = 1\nx = 2\n", "line 2: this key or section stands there twice"),
        (b"speeds = [1,\n", "a bracket or a quote is not closed"),
        (b"x 1\n", "line 1: Expected '=' after a key"),
        ("name = '抚顺'".encode("gbk"), "is not UTF-8 (byte 9); save the file as UTF-8"),
    ],
)
def test_what_is_no_toml_says_where_and_what_to_do(
    tmp_path: Path, content: bytes, told: str
) -> None:
    assert told in told_of(tmp_path, content)
    with pytest.raises(Unreadable):
        parse_toml(content)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parse_toml(b"\xef\xbb\xbfx = 1\n") == {"x": 1}


class Sample(BaseModel):
    """What models of this program use."""

    count: int = Field(ge=1, le=5)
    ratio: float = Field(gt=0, lt=1)
    text: str = Field(min_length=2, max_length=3, pattern="^a")
    on: bool
    kind: Literal["a", "b"]
    inner: "Sample | None" = None
    many: tuple[int, ...] = Field(default=(), max_length=2)


RIGHT = {"count": 1, "ratio": 0.5, "text": "ab", "on": True, "kind": "a"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"count": 0}, "count: expected: 1 or more"),
        ({"count": 6}, "count: expected: 5 or less"),
        ({"count": 1.5}, "count: expected: a whole number"),
        ({"count": "x"}, "count: expected: a whole number"),
        ({"ratio": 0}, "ratio: expected: more than 0"),
        ({"ratio": 1}, "ratio: expected: less than 1"),
        ({"ratio": "x"}, "ratio: expected: a number"),
        ({"text": "a"}, "text: expected: no fewer than 2 characters"),
        ({"text": "abcd"}, "text: expected: no more than 3 characters"),
        ({"text": "ba"}, "text: expected: text of the form ^a"),
        ({"text": 1}, "text: expected: text in quotes"),
        ({"on": "x"}, "on: expected: true or false"),
        ({"kind": "c"}, "kind: expected: one of 'a' or 'b'"),
        ({"inner": 1}, "inner: expected: a table of keys and values"),
        ({"many": 1}, "many: expected: a list in brackets"),
        ({"many": [1, 2, 3]}, "many: expected: no more than 2 entries"),
    ],
)
def test_no_word_of_pydantic_reaches_a_person(changed: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as problem:
        Sample.model_validate({**RIGHT, **changed})
    assert first_fault(problem.value).startswith(told)


def test_a_description_is_told_beside_what_is_missing() -> None:
    with pytest.raises(ValidationError) as problem:
        Sample.model_validate({})
    assert expectation(problem.value.errors()[0], "how many") == "is missing (how many)"
