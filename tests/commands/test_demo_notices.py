"""The demo's notices and their attachments go into a central server as they are written."""

import pytest

from kiosk.central.ingest import import_files
from kiosk.cli import main
from kiosk.demo.notices import generate
from kiosk.fonts import NOTO


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
