"""Forms of a folder in a building's feed, and on the terminal."""

import json
from pathlib import Path

import pytest

from kiosk.central.site import UnusableFile, publish_site, read_site
from kiosk.entry.forms import newest
from kiosk.store.terminal import TerminalStore
from kiosk.sync.client import FeedClient
from kiosk.sync.form import Form
from kiosk.sync.pull import pull_once
from tests.entry.forms_of_tests import every_kind

ROOT = Path(__file__).parents[2]
CHANNEL = "site-main"


def site_file(folder: Path, *forms: dict[str, object]) -> Path:
    (folder / "forms").mkdir(exist_ok=True)
    for old in (folder / "forms").iterdir():
        old.unlink()
    for number, form in enumerate(forms):
        (folder / "forms" / f"{number}.json").write_text(json.dumps(form), encoding="utf-8")
    path = folder / "site.toml"
    path.write_text('[forms]\nfolder = "forms"\n', encoding="utf-8")
    return path


def test_the_example_brings_the_five_forms():
    documents = read_site(ROOT / "assets" / "settings" / "site.toml")
    assert len([each for each in documents if isinstance(each, Form)]) == 5


def test_a_slip_in_a_form_keeps_the_whole_file_out(tmp_path):
    path = site_file(tmp_path, {**every_kind(), "roles": []})
    with pytest.raises(UnusableFile, match=r"forms\.folder: .*0\.json: roles"):
        read_site(path)
    path.write_text('[forms]\nfolder = "none"\n', encoding="utf-8")
    with pytest.raises(UnusableFile, match=r"none: cannot be read"):
        read_site(path)
    path.write_text('[forms]\nfolders = "none"\n', encoding="utf-8")
    with pytest.raises(UnusableFile, match=r"forms\.folder"):
        read_site(path)


def test_versions_stay_for_their_drafts_and_never_change(centre, tmp_path):
    def publish(*forms):
        return dict(publish_site(centre.database, CHANNEL, read_site(site_file(tmp_path, *forms))))

    store = TerminalStore(tmp_path / "t" / "terminal.db")
    with store, centre.served() as address:
        client = FeedClient(address)

        def versions():
            pull_once(store, client, ("control", CHANNEL), centre.reading)
            return [each.version for each in store.site().forms]

        def version(number, **more):
            return {**every_kind(), "version": number, **more}

        assert publish(version(1)) == {"added": 2}
        assert versions() == [1]
        assert publish(version(2)) == {"added": 1, "unchanged": 2}
        assert versions() == [2, 1]
        assert [each.version for each in newest(store.site().forms)] == [2]
        with pytest.raises(UnusableFile, match="version 2 was published with another content"):
            publish(version(2, order=7))
        with pytest.raises(UnusableFile, match="version 2 was published; give it a higher one"):
            publish(version(1))
        assert versions() == [2, 1]
        for number in (3, 4, 5, 6):
            publish(version(number))
        assert versions() == [6, 5, 4, 3], "three earlier ones stay"
        assert publish() == {"removed": 4, "unchanged": 1}
        assert versions() == []
        client.close()
