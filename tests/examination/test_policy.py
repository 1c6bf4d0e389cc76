"""Section `[upload]` of the settings."""

from pathlib import Path

import pytest

from kiosk.examination.policy import Policy
from kiosk.settings import SettingsError, load

EXAMPLE = Path(__file__).parents[2] / "assets" / "settings" / "example.toml"


def test_the_example_says_what_holds_without_it() -> None:
    assert load(EXAMPLE).upload == Policy()


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ('types = ["pdf", ', 'types = ["mp3", ', "upload.types", "mp3: cannot be looked into"),
        ('types = ["pdf", ', "types = [1, ", "upload.types", '["pdf", "ofd"]'),
        ('sealed = ["ggzytbwj"', 'sealed = ["pdf"', "upload.sealed", "ordinary type"),
        ('sealed = ["ggzytbwj"', 'sealed = ["exe"', "upload.sealed", "ordinary type"),
        ('sealed = ["ggzytbwj"', 'sealed = ["投标"', "upload.sealed", "Latin letters"),
        ("file_mb = 1000", "file_mb = 4295", "upload.file_mb", "4294"),
        ("files = 50", 'files = "50"', "upload.files", "a whole number, without quotes"),
        ('# clamd = "/run/clamav/clamd.ctl"', 'clamd = "clamd"', "upload.clamd", "tcp://host:port"),
        ('# clamd = "/run/clamav/clamd.ctl"', 'clamd = "tcp://h"', "upload.clamd", "/run/clamav"),
        ('unscanned = "remark"', 'unscanned = "allow"', "upload.unscanned", "refuse"),
        ("scan_mb = 100", "scan = 100", "upload.scan", "unknown key"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, key: str, expected: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mingtang.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsError) as problem:
        load(path)
    for part in (key, expected):
        assert part in str(problem.value)


def test_endings_are_read_whatever_their_case_and_dot() -> None:
    assert Policy(sealed=[".ggzyTBWJ"], types=["PDF"]).sealed == ("ggzytbwj",)  # type: ignore[arg-type]
    assert Policy(clamd="tcp://[::1]:3310").clamd
