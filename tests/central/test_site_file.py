"""A building's file, and its feed."""

from pathlib import Path

import pytest

from kiosk.central.feeds import changes_since
from kiosk.central.site import UnusableFile, publish_site, read_site
from kiosk.commands import central as command
from kiosk.store.terminal import TerminalStore
from kiosk.sync.client import FeedClient
from kiosk.sync.pull import pull_once
from kiosk.sync.site import Building, Guide, Room

ROOT = Path(__file__).parents[2]
CHANNEL = "site-main"
FILE = """
[openings]
minutes = 45
note = "走东侧。"

[[rooms]]
key = "302"
name = "3 楼 302"

[[guides]]
key = "b"
title = "乙"
subject = "甲"
steps = [{ title = "一" }, { title = "二", text = "三" }]

[[guides]]
key = "a"
title = "甲"
subject = "甲"
steps = [{ title = "一" }]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_in_its_order(tmp_path):
    building, room, *guides = read_site(written(tmp_path, FILE))
    assert building == Building(opening_minutes=45, openings_note="走东侧。")
    assert isinstance(room, Room)
    assert [(guide.key, guide.order) for guide in guides] == [("b", 1), ("a", 2)]


def test_the_example_can_be_published_and_names_the_demos_rooms():
    from kiosk.demo.notices import ROOMS
    from kiosk.sync.site import way_to

    documents = read_site(ROOT / "assets" / "settings" / "site.toml")
    rooms = tuple(each for each in documents if isinstance(each, Room))
    assert all(way_to(rooms, room) for room in ROOMS)
    guides = [each for each in documents if isinstance(each, Guide)]
    assert len(guides) >= 5
    assert all(guide.responsible and guide.telephone and guide.place for guide in guides)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("[openings]", "[opening]"), "opening"),
        (('title = "乙"', 'titel = "乙"'), "guides, entry 1: unknown key titel"),
        (('text = "三"', 'txt = "三"'), "guides, entry 1: unknown key steps.txt"),
        (('key = "a"', 'key = "b"'), "key b stands twice"),
        (("minutes = 45", "minutes = 0"), "opening_minutes"),
        (("minutes = 45", 'minutes = "x"'), "minutes"),
        (('subject = "甲"', ""), "subject: is missing"),
        (("[[rooms]]", "[[rooms"), "cannot be read as TOML: line 6: Expected"),
        (('name = "3 楼 302"', 'name = ""'), "rooms, entry 1: name"),
        (("[[rooms]]", "[rooms]"), "rooms"),
    ],
)
def test_a_file_with_a_slip_stays_out_and_the_place_is_named(tmp_path, change, named):
    with pytest.raises(UnusableFile, match=named.replace("[", r"\[")):
        read_site(written(tmp_path, FILE.replace(*change, 1)))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UnusableFile, match="cannot be read"):
        read_site(tmp_path / "none.toml")
    path = tmp_path / "gbk.toml"
    path.write_bytes("# 中文".encode("gbk"))
    with pytest.raises(UnusableFile, match="UTF-8"):
        read_site(path)


def test_the_feed_follows_the_file_and_the_terminal_the_feed(centre, tmp_path):
    def publish(text: str) -> dict[str, int]:
        return dict(publish_site(centre.database, CHANNEL, read_site(written(tmp_path, text))))

    def last() -> str:
        return changes_since(
            centre.database, CHANNEL, "0", limit=1000, include_docs=False, now=centre.clock()
        ).last_seq

    store = TerminalStore(tmp_path / "t" / "terminal.db")
    with store, centre.served() as address:
        client = FeedClient(address)

        def titles() -> list[str]:
            pull_once(store, client, ("control", CHANNEL), centre.reading)
            return [guide.title for guide in store.site().guides]

        assert publish(FILE) == {"added": 4}
        assert titles() == ["乙", "甲"]
        at = last()
        assert publish(FILE) == {"unchanged": 4}
        assert last() == at
        without = FILE.partition("[[guides]]")[0]
        changed = FILE.replace('title = "乙"', 'title = "丙"').replace("45", "50")
        assert publish(changed) == {"updated": 2, "unchanged": 2}
        assert titles() == ["丙", "甲"]
        assert store.site().building.opening_minutes == 50
        assert publish(without) == {"removed": 2, "updated": 1, "unchanged": 1}
        assert titles() == []
        assert publish(FILE) == {"added": 2, "unchanged": 2}
        assert titles() == ["乙", "甲"]
        client.close()


def test_commands(tmp_path, capsys):
    from kiosk.cli import main

    config = tmp_path / "mingtang.toml"
    config.write_text(
        '[centre]\nname = "某中心"\nregion = "420500"\nsite = "main"\n'
        f'[central]\ndata = "{tmp_path / "central"}"\n',
        encoding="utf-8",
    )
    path = str(written(tmp_path, FILE))
    assert main(["central", "--config", str(config), "site", path]) == 0
    assert capsys.readouterr().out == "4 added, 0 updated, 0 unchanged, 0 removed\n"
    assert main(["central", "site", path, "--config", str(config)]) == 0
    assert "4 unchanged" in capsys.readouterr().out
    assert main(["central", "site", str(tmp_path / "none"), "--config", str(config)]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert main(["central", "ratings", "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("0 ratings") and "very dissatisfied: 0" in out
    assert command.DAYS == 30
