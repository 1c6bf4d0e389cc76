"""What of a submission is on the disk, and when."""

import pytest
import requests
from sqlalchemy import event

from kiosk.central import uploads
from kiosk.sync.upload import SubmissionClient
from tests.sync.handing_in import (
    MemoryReader,
    content,
    deliver,
    form,
    handed,
    manifest,
    new_id,
    publish_form,
)

DATA = content(1000, 1)


@pytest.fixture
def client(centre):
    publish_form(centre.database)
    with centre.served() as address:
        made = SubmissionClient(address)
        yield made
        made.close()


def _whole(number=1):
    return manifest(handed(DATA), notice_id="", form=form(number=number))


def test_a_receipt_is_given_after_a_commit_that_outlives_a_power_cut(centre, client):
    levels, found = {}, []

    def told(connection, _cursor, statement, *_):
        line = id(connection.connection.dbapi_connection)
        if statement.startswith("PRAGMA synchronous"):
            levels[line] = statement.rpartition(" ")[2]
        elif statement.startswith("INSERT INTO submissions"):
            found.append(levels[line])

    event.listen(centre.database._engine, "before_cursor_execute", told)
    deliver(client, new_id(1, centre.clock()), _whole(), [DATA])
    assert found == ["FULL"]


def test_a_file_has_its_name_among_the_submissions_before_it_counts(centre, client, monkeypatch):
    synced, real = [], uploads.sync_folder

    def sync(folder):
        synced.append((folder, {path.name for path in folder.iterdir()}))
        real(folder)

    monkeypatch.setattr(uploads, "sync_folder", sync)
    deliver(client, new_id(1, centre.clock()), _whole(), [DATA])
    [path] = [p for p in (centre.database.folder / "submissions").rglob("*") if p.is_file()]
    assert (path.parent, {path.name}) in synced
    assert (path.parent.parent, {path.parent.name}) in synced
    [up] = [names for folder, names in synced if folder == centre.database.folder]
    assert "submissions" in up


def test_what_was_uploaded_anew_for_nothing_is_dropped_at_once(centre, client):
    id, whole = new_id(1, centre.clock()), _whole()
    signed = deliver(client, id, whole, [DATA])
    address = client.create_upload(whole.files[0], id)
    client.send_file(address, MemoryReader(DATA))
    other = client.create_upload(handed(content(10, 2)), new_id(2, centre.clock()))
    again = whole.with_uploads({whole.files[0].sha256: address})
    assert client.submit(id, again) == signed
    left = [path.name for path in (centre.database.folder / "uploads").iterdir()]
    assert left == [other.rpartition("/")[2]]
    gone = requests.head(address, headers={"Tus-Resumable": "1.0.0"}, timeout=10)
    assert gone.status_code == 404
    # Another submission's upload is not this one's to drop.
    client.submit(id, whole.with_uploads({whole.files[0].sha256: other}))
    assert client.offset(other, 10) == 0
