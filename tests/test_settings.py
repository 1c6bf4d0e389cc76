"""Settings: a mistake stops with the file, the key and what was expected."""

from pathlib import Path

import pytest

from kiosk.settings import SettingsError, load

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "assets" / "settings" / "example.toml"


@pytest.mark.parametrize("name", ["example.toml", "try.toml", "staff.toml"])
def test_shipped_settings_are_right(name: str) -> None:
    settings = load(EXAMPLE.with_name(name))
    assert settings.centre.name
    assert settings.boards[0].card == "bx-k"


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("poll_s = 15.0", "pol_s = 15.0", "sync.pol_s", "unknown key"),
        ("poll_s = 15.0", 'poll_s = "15"', "sync.poll_s", "a number, without quotes"),
        ('cut_over = "08:30"', 'cut_over = "8.30"', "schedule.cut_over", '"08:30"'),
        (
            "characters_per_second = 4.0",
            "characters_per_second = 9.0",
            "characters_per_second",
            "6",
        ),
        ('zone = "lobby"', 'zone = "roof"', "terminal.zone", "opening_area"),
        ('card = "bx-k"', 'card = "bx"', "board lobby, card", "bx-k"),
        ('name = "抚顺市公共资源交易中心"', "", "centre.name", "is missing"),
        ('region = "210400"', 'region = "2104"', "centre.region", "six-digit"),
        (
            'server = "http://127.0.0.1:8710"',
            'server = "centre"',
            "sync.server",
            "http://host:port",
        ),
        ('port = "/dev/ttyUSB0"', 'port = "socket://host"', "board lobby, port", "host:port"),
        ("[centre]", "[central_office]", "central_office", "unknown section"),
        ("width = 192 ", "width = 8 ", "board lobby, width", "128"),
        ("[centre]", "[centre", "", "cannot be read"),
        ("# speeds = [256.0, 224.0]", "speeds = [[1]]", "board lobby: ", "numbers"),
        (
            "# speeds = [256.0, 224.0]",
            "speeds = [64.0, 128.0]",
            "board lobby, speeds",
            "below the one",
        ),
        ("# speeds = [256.0, 224.0]", "speeds = [nan]", "board lobby, speeds", "above zero"),
        (
            "# speeds = [256.0, 224.0]",
            "speeds = [256.0, 224.0]",
            "board lobby: ",
            "people can read",
        ),
        ('uri = "ipp://192.168.1.40', 'uri = "http://192.168.1.40', "printer.uri", "ipp://host"),
        ("pages = 30 ", "pages = 0 ", "printer.pages", "1"),
        ('port = "/dev/ttyUSB0"', 'port = "foo://x"', "board lobby, port", "socket://"),
        ('name = "抚顺市公共资源交易中心"', 'name = "浉河区交易中心"', "centre", "board_name"),
    ],
)
def test_a_mistake_names_file_key_and_remedy(
    tmp_path: Path, old: str, new: str, key: str, expected: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mingtang.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsError) as problem:
        load(path)
    for part in (str(path), key, expected):
        assert part in str(problem.value)


def test_two_boards_need_two_names(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    board = text[text.index("[[boards]]") :]
    path = tmp_path / "mingtang.toml"
    path.write_text(text + "\n" + board, encoding="utf-8")
    with pytest.raises(SettingsError, match="same name"):
        load(path)


def test_a_missing_file_says_where_to_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"example\.toml"):
        load(tmp_path / "none.toml")
