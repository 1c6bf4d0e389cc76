"""The demo's notices and their attachments go into a central server as they are written."""

import os
from datetime import datetime

import pytest

from display.local_time import SHANGHAI
from kiosk.central.ingest import import_files
from kiosk.central.portal import portal_notice
from kiosk.cli import main
from kiosk.demo.notices import generate
from kiosk.demo.samples import FOLDER, GOOD, REFUSED
from kiosk.examination.examine import examine
from kiosk.examination.opening import AlreadyOpen
from kiosk.examination.policy import Policy
from kiosk.examination.verdict import Grade
from kiosk.fonts import NOTO
from kiosk.openings.model import State, openings_on
from kiosk.sync.site import Building


@pytest.mark.skipif(not NOTO.exists(), reason="the Debian package fonts-noto-cjk is missing")
def test_what_the_demo_writes_is_taken_in_with_its_files(centre, tmp_path):
    file = tmp_path / "try" / "today.ndjson"
    assert main(["demo", "--write-notices", str(file)]) == 0
    centre.clock.pass_by(days=3650)
    report = import_files(centre.database, [file], channel=centre.channel, now=centre.clock())
    assert report.refusals == ()
    assert report.added == sum(1 for _ in generate(centre.clock()))
    kept = [path for path in (tmp_path / "db" / "blobs").rglob("*") if path.is_file()]
    heads = sorted(path.read_bytes()[:4] for path in kept)
    assert heads == [b"%PDF", b"%PDF", b"PK\x03\x04"]
    assert sorted(path.name for path in file.parent.iterdir()) == ["today-files", "today.ndjson"]


def test_some_notices_have_one_to_three_attachments(centre):
    numbers = {len(record.get("attachments", ())) for record in generate(centre.clock())}  # type: ignore[arg-type]
    assert numbers == {0, 1, 2, 3}


@pytest.mark.parametrize("hour", [0, 7, 12, 19, 23])
def test_at_every_hour_an_opening_is_running_or_begins_soon(hour: int) -> None:
    now = datetime(2026, 11, 23, hour, 37, tzinfo=SHANGHAI)
    notices = [portal_notice(record) for record in generate(now)]
    opened = openings_on(now.date(), notices, now, Building(), ())
    states = [each.state for each in opened]
    assert (State.RUNNING in states, State.SOON in states) == (True, hour < 23)
    assert all(each.notice.published_at < now for each in opened)
    bodies = [each.notice for each in opened if each.state is State.RUNNING]
    for notice in bodies:
        opens = notice.opens_at and notice.opens_at.astimezone(SHANGHAI)
        assert opens is not None and f"{opens:%Y-%m-%d %H:%M}" in notice.body


@pytest.mark.skipif(not NOTO.exists(), reason="the Debian package fonts-noto-cjk is missing")
def test_the_sticks_files_are_what_they_are_said_to_be(tmp_path, capsys):
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "mine.txt").write_text("kept")
    assert main(["demo", "--write-stick", str(tmp_path / "stick")]) == 0
    assert str(tmp_path / "stick" / FOLDER) in capsys.readouterr().out
    assert (tmp_path / "stick" / "mine.txt").read_text() == "kept"
    grades = {}
    for path in (tmp_path / "stick" / FOLDER).iterdir():
        with path.open("rb") as file:
            found = examine(AlreadyOpen(file.fileno(), os.fsencode(path.name)), Policy())
        grades[path.name] = found.grade
    assert {name for name, grade in grades.items() if grade is Grade.REFUSED} == set(REFUSED)
    assert set(grades) == {*GOOD, *REFUSED}
