"""What the settings ask of a board depends on its card."""

from pathlib import Path

import pytest

from kiosk.settings import BoardSettings, SettingsError, load

EXAMPLE = Path(__file__).parent.parent / "assets" / "settings" / "example.toml"


def board(tmp_path: Path, *changes: tuple[str, str]) -> BoardSettings:
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "mingtang.toml"
    path.write_text(text, encoding="utf-8")
    return load(path).boards[0]


FRAME = ('card = "bx-k"', 'card = "frame"')
RARE_NAME = ('name = "抚顺市公共资源交易中心"', 'name = "浉河区交易中心"')


def test_a_card_of_pictures_needs_no_speeds_and_no_font(tmp_path: Path) -> None:
    assert board(tmp_path, FRAME, RARE_NAME).card == "frame"
    with pytest.raises(SettingsError, match=r"centre's name .*board_name in \[centre\]"):
        board(tmp_path, RARE_NAME)
    with pytest.raises(SettingsError, match=r"board lobby: .*frame board has none"):
        board(tmp_path, FRAME, ("# speeds = [256.0, 224.0]", "speeds = [64.0]"))
    with pytest.raises(SettingsError, match=r"board lobby, card: expected: one of bx-k, frame"):
        board(tmp_path, ('card = "bx-k"', "card = 5"))


def test_one_font_card_is_enough_to_ask_for_a_name_that_it_can_show(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace(*RARE_NAME)
    section = text[text.index("[[boards]]") :]
    frame = section.replace(*FRAME).replace('name = "lobby"', 'name = "corridor"')
    path = tmp_path / "mingtang.toml"
    path.write_text(text + "\n" + frame, encoding="utf-8")
    with pytest.raises(SettingsError, match="font of board lobby has no characters 浉"):
        load(path)
    path.write_text(text.replace(section, ""), encoding="utf-8")
    assert load(path).boards == (), "without a board there is nothing to ask"


def test_speeds_of_the_settings_stand_above_the_measured_and_those_above_the_assumed(
    tmp_path: Path,
) -> None:
    plain = board(tmp_path)
    assert plain.speeds_in_force(())[0] == 256.0
    assert plain.speeds_in_force((90.0, 60.0)) == (90.0, 60.0)
    told = board(tmp_path, ("# speeds = [256.0, 224.0]", "speeds = [64.0]"))
    assert told.speeds_in_force((90.0, 60.0)) == (64.0,)
    assert board(tmp_path, FRAME).speeds_in_force((90.0, 60.0)) == ()


def test_measurements_of_another_size_are_refused(tmp_path: Path) -> None:
    large = board(tmp_path, ("width = 192 ", "width = 512 "), ("height = 32", "height = 64"))
    with pytest.raises(SettingsError, match=r"mingtang board calibrate --board lobby` again"):
        large.speeds_in_force((40.0, 33.0))
