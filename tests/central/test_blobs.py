"""Attachments at the central server: taken in, served while their notice is listed, and gone."""

import errno
import hashlib
import io
import json
import os
import sqlite3
import struct
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from kiosk.central import blobs as blobs_module
from kiosk.central import media_type as media_type_module
from kiosk.central.attachments import release_files
from kiosk.central.blob_links import blob_folder, clear_leftovers
from kiosk.central.database import DATABASE_NAME, open_database
from kiosk.central.feeds import changes_since
from kiosk.central.ingest import import_files
from kiosk.central.media_type import media_type
from kiosk.central.withdrawal import withdraw
from kiosk.sync.contract import Problem, ProblemType, blob_path, read_notice

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
SHA = hashlib.sha256(PDF).hexdigest()
LATER = "2026-03-17 12:30"
"""Half an hour after the clock of the tests."""


def _put(centre, content: bytes = PDF, name: str = "files/a.pdf") -> str:
    path = centre.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return name


def _with(centre, *files: str, id: str = "r1", **more):
    attached = [{"name": f"招标文件{n}.pdf", "file": file} for n, file in enumerate(files)]
    return centre.portal(id, attachments=attached, **more)


def _kept(centre) -> set[str]:
    """Everything that stands in the folder of attachments."""
    folder = centre.folder / "db" / "blobs"
    return {path.name for path in folder.rglob("*") if path.is_file()}


def _notice(centre, id: str = "r1"):
    page = changes_since(
        centre.database, centre.channel, "0", limit=99, include_docs=True, now=centre.clock()
    )
    return read_notice(next(change.doc for change in page.results if change.id == id))


def _get(address: str, sha256: str = SHA, **headers: str) -> requests.Response:
    return requests.get(address + blob_path(sha256), headers=headers, timeout=10)


def test_a_file_is_taken_in_once_and_named_in_the_notice(centre):
    record = _with(centre, _put(centre), _put(centre, b"12", "files/b.bin"))
    assert centre.take(record).refusals == ()
    first, second = _notice(centre).attachments
    assert (first.name, first.size, first.sha256) == ("招标文件0.pdf", len(PDF), SHA)
    assert (first.media_type, second.media_type) == (
        "application/pdf",
        "application/octet-stream",
    )
    assert blob_folder(centre.database).path(SHA).read_bytes() == PDF
    assert blob_folder(centre.database).path(SHA).parent.name == SHA[:2]
    inode = blob_folder(centre.database).path(SHA).stat().st_ino
    again = centre.take(record)
    assert (again.unchanged, again.updated) == (1, 0)
    assert blob_folder(centre.database).path(SHA).stat().st_ino == inode
    assert _kept(centre) == {SHA, second.sha256}


def test_a_changed_file_is_a_new_version_and_the_old_one_goes(centre):
    record = _with(centre, _put(centre))
    centre.take(record)
    _put(centre, b"other bytes")
    assert centre.take(record).updated == 1
    assert _notice(centre).attachments[0].size == 11
    assert _kept(centre) == {hashlib.sha256(b"other bytes").hexdigest()}


def test_a_file_that_the_disk_spoilt_is_mended_by_importing_again(centre):
    record = _with(centre, _put(centre))
    centre.take(record)
    path = blob_folder(centre.database).path(SHA)
    path.write_bytes(b"x" * len(PDF))
    assert centre.take(record).unchanged == 1
    assert path.read_bytes() == PDF


def test_a_candidate_list_and_a_release_have_files_too(centre):
    candidates = {
        "id": "c1",
        "title": "东山路道路改造工程中标候选人公示",
        "date": "2026-03-17",
        "publicity_period": "2026年03月17日 09时00分至2026年03月21日 18时00分",
        "candidates": [],
        "attachments": [{"name": "评标报告.pdf", "file": _put(centre)}],
    }
    release = {
        "ocid": "ocds-1",
        "id": "ocds-1-1",
        "date": "2026-03-17T09:00:00+08:00",
        "tag": ["tender"],
        "tender": {
            "title": "道路改造",
            "documents": [
                {"title": "图纸.pdf", "url": "files/%E5%9B%BE.pdf"},
                {"title": "公告", "url": "https://example.org/files/x.pdf"},
            ],
        },
    }
    _put(centre, b"%PDF-2", "files/图.pdf")
    report = centre.take(candidates, release)
    assert report.refusals == ()
    assert [file.name for file in _notice(centre, "c1").attachments] == ["评标报告.pdf"]
    assert [file.name for file in _notice(centre, "ocds-1-1").attachments] == ["图纸.pdf"]
    assert _notice(centre, "ocds-1-1").official_url == "https://example.org/files/x.pdf"


@pytest.mark.parametrize(
    "url", ["", "/etc/passwd", "//host/x.pdf", "ftp://h/x", "www.a.cn/x.pdf", "a.cn/x", "见 附件"]
)
def test_an_address_in_a_release_is_no_file(url):
    assert release_files({"documents": [{"title": "x", "url": url}]}) == ()


def test_what_stands_on_the_web_is_no_attachment(centre):
    record = centre.portal(attachments=[{"name": "手册.doc", "url": "http://example.org/a.doc"}])
    assert centre.take(record).added == 1
    assert _notice(centre).attachments == ()


@pytest.mark.parametrize(
    ("attachments", "reason"),
    [
        ("x", "attachments: must be a list"),
        (["x"], r"attachments\[0\]: must hold name and file"),
        ([{"file": "files/a.pdf"}], r"attachments\[0\].name: is missing"),
        ([{"name": "a.pdf"}], r"attachments\[0\].file: is missing"),
        ([{"name": "a.pdf", "file": 3}], r"attachments\[0\].file: must be text"),
        ([{"name": "a" * 256, "file": "files/a.pdf"}], "longer than 255"),
        ([{"name": "a\u202efdp.exe", "file": "files/a.pdf"}], "cannot be seen"),
        ([{"name": "a\u200b.pdf", "file": "files/a.pdf"}], "cannot be seen"),
        ([{"name": "a\n.pdf", "file": "files/a.pdf"}], "cannot be seen"),
        ([{"name": "a/b.pdf", "file": "files/a.pdf"}], "no slash"),
        ([{"name": " a.pdf", "file": "files/a.pdf"}], "begin or end with a space"),
        ([{"name": "涉密项目招标文件.pdf", "file": "files/a.pdf"}], "secret"),
        ([{"name": "a", "file": "/etc/passwd"}], "below the folder"),
        ([{"name": "a", "file": "../a.pdf"}], "below the folder"),
        ([{"name": "a", "file": "files/../../a.pdf"}], "below the folder"),
        ([{"name": "a", "file": "files\\a.pdf"}], "below the folder"),
        ([{"name": "a", "file": "files/\0"}], "no path"),
        ([{"name": "a", "file": "files/none.pdf"}], "there is no such file"),
        ([{"name": "a", "file": "files/out.pdf"}], "leads out of the folder"),
        ([{"name": "a", "file": "outside/a.pdf"}], "leads out of the folder"),
        ([{"name": "a", "file": "files/circle"}], "cannot be opened"),
        ([{"name": "a", "file": "files"}], "no ordinary file"),
        ([{"name": "a", "file": "files/pipe"}], "no ordinary file"),
        ([{"name": "a", "file": "files/empty.pdf"}], "is empty"),
        ([{"name": "a", "file": "files/sparse.pdf"}], "larger than 500 MB"),
        ([{"name": "a", "file": "files/" + "x" * 300}], "cannot be opened"),
        ([{"name": "a", "file": "files/a.pdf"}] * 51, "more than 50"),
    ],
)
def test_a_bad_attachment_refuses_the_record(centre, tmp_path_factory, attachments, reason):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "a.pdf").write_bytes(PDF)
    files = (centre.folder / _put(centre)).parent
    (files / "out.pdf").symlink_to(outside / "a.pdf")
    (centre.folder / "outside").symlink_to(outside)
    (files / "circle").symlink_to("circle")
    (files / "empty.pdf").touch()
    os.mkfifo(files / "pipe")
    with (files / "sparse.pdf").open("wb") as sparse:
        sparse.truncate(500 * 1024 * 1024 + 1)
    report = centre.take(centre.portal("bad", attachments=attachments), centre.portal("good"))
    assert (report.added, report.refused) == (1, 1)
    assert report.refusals[0].line == 1
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(report.refusals[0].reason)
    assert _kept(centre) == set()


def test_a_link_inside_the_folder_is_followed(centre):
    (centre.folder / _put(centre)).with_name("l.pdf").symlink_to("a.pdf")
    assert centre.take(_with(centre, "files/l.pdf")).refusals == ()
    assert _notice(centre).attachments[0].sha256 == SHA


def test_one_bad_file_leaves_nothing_of_the_good_ones(centre):
    report = centre.take(_with(centre, _put(centre), "files/none"))
    assert report.refused == 1
    assert _kept(centre) == set()


def test_a_full_disk_refuses_the_record_and_leaves_no_part(centre, monkeypatch):
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    record = _with(centre, _put(centre))
    with monkeypatch.context() as patch:
        patch.setattr(blobs_module.os, "fsync", full)
        report = centre.take(record)
    assert "attachments[0].file: cannot be kept: No space left" in report.refusals[0].reason
    assert "free space" in report.refusals[0].reason
    assert _kept(centre) == set()
    assert centre.take(record).added == 1


def test_leftovers_of_a_crash_are_cleared_but_not_what_is_being_written(centre):
    centre.take(_with(centre, _put(centre)))
    folder = centre.folder / "db" / "blobs"
    (folder / "incoming-dead").write_bytes(b"half")
    stray = folder / "ab" / ("ab" + "0" * 62)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"no notice")
    with blobs_module._locked(folder, blobs_module.fcntl.LOCK_SH):
        clear_leftovers(centre.database)
        assert _kept(centre) == {SHA, "incoming-dead"}
    clear_leftovers(centre.database)
    assert _kept(centre) == {SHA}


def test_a_file_dropped_by_another_process_meanwhile_is_taken_again(centre, monkeypatch):
    folder = blobs_module.BlobFolder
    has, dropped = folder.has, []

    def gone_once(self, attachment):
        if not dropped:
            dropped.append(attachment.sha256)
            self.drop(attachment.sha256)
        return has(self, attachment)

    monkeypatch.setattr(folder, "has", gone_once)
    assert centre.take(_with(centre, _put(centre))).added == 1
    assert dropped == [SHA]
    assert _kept(centre) == {SHA}


def test_two_imports_at_once_never_lose_a_file_that_a_notice_names(centre):
    contents = [b"first", b"second", b"third"]

    def go_round(id: str, turns: int, shift: int) -> None:
        folder = centre.folder / id
        folder.mkdir()
        for turn in range(turns):
            (folder / "a.bin").write_bytes(contents[(turn + shift) % 3])
            record = centre.portal(id, attachments=[{"name": "a", "file": "a.bin"}])
            path = folder / "in.ndjson"
            path.write_text(json.dumps(record), encoding="utf-8")
            report = import_files(
                centre.database, [path], channel=centre.channel, now=centre.clock()
            )
            assert report.refusals == ()

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(go_round, f"r{n}", 9, n) for n in range(3)]:
            done.result(30)
    named = {_notice(centre, f"r{n}").attachments[0].sha256 for n in range(3)}
    assert _kept(centre) == named


def test_an_older_database_opens_and_takes_files(tmp_path):
    open_database(tmp_path, ["public-420500"]).close()
    with sqlite3.connect(tmp_path / DATABASE_NAME) as connection:
        connection.execute("DROP TABLE attachments")
        connection.execute("DROP TABLE blobs")
    connection.close()
    database = open_database(tmp_path, ["public-420500"])
    clear_leftovers(database)
    database.close()


def test_a_file_is_served_whole_and_in_stretches(centre):
    centre.take(_with(centre, _put(centre)))
    with centre.served() as address:
        whole = _get(address)
        assert (whole.status_code, whole.content) == (200, PDF)
        assert whole.headers["ETag"] == f'"{SHA}"'
        assert whole.headers["Cache-Control"] == "no-cache"
        assert "Content-Encoding" not in whole.headers
        assert whole.headers["Content-Length"] == str(len(PDF))
        size = len(PDF)
        for asked, start, end in (
            ("bytes=0-0", 0, 1),
            ("bytes=5-9", 5, 10),
            (f"bytes={size - 3}-", size - 3, size),
            ("bytes=-7", size - 7, size),
            (f"bytes=9-{size * 2}", 9, size),
        ):
            part = _get(address, Range=asked)
            assert (part.status_code, part.content) == (206, PDF[start:end]), asked
            assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        for asked in ("bytes=9-5", "bytes=a-b", "pages=1-2", "bytes=0-1,4-5", "bytes=-"):
            assert _get(address, Range=asked).content == PDF, asked
        for asked in (f"bytes={size}-", "bytes=-0"):
            beyond = _get(address, Range=asked)
            assert beyond.status_code == 416
            assert beyond.headers["Content-Range"] == f"bytes */{size}"
            assert Problem.model_validate_json(beyond.content).status == 416
        other = _get(address, **{"Range": "bytes=0-1", "If-Range": '"another"'})
        assert (other.status_code, len(other.content)) == (200, size)
        same = _get(address, **{"If-None-Match": f'W/"x", "{SHA}"'})
        assert (same.status_code, same.content) == (304, b"")
        head = requests.head(address + blob_path(SHA), timeout=10)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(size))


def _refusal(address: str, sha256: str) -> dict[str, object]:
    """A refusal without what differs by its nature."""
    answer = _get(address, sha256)
    problem = Problem.model_validate_json(answer.content)
    assert problem.type == ProblemType.NOT_FOUND.uri
    headers = {k: v for k, v in answer.headers.items() if k != "Content-Length"}
    body = json.loads(answer.content)
    assert requests.head(address + blob_path(sha256), timeout=10).status_code == 404
    return {
        "status": answer.status_code,
        **headers,
        **{k: v for k, v in body.items() if k not in ("instance", "trace_id")},
    }


def test_a_file_that_is_not_released_is_as_unknown_as_any(centre):
    centre.take(_with(centre, _put(centre), publish_date=LATER))
    with centre.served() as address:
        assert _refusal(address, SHA) == _refusal(address, "0" * 64)
        centre.clock.pass_by(minutes=31)
        assert _get(address).content == PDF


@pytest.mark.parametrize(
    "name", ["0" * 63, "0" * 65, SHA.upper(), "..%2Fcentral.db", "%00", "%E4%B8%80", SHA + "%0A"]
)
def test_what_is_no_digest_is_unknown(centre, name):
    centre.take(_with(centre, _put(centre)))
    with centre.served() as address:
        assert _get(address, name).status_code == 404


def test_withdrawn_means_gone(centre):
    centre.take(_with(centre, _put(centre)), _with(centre, "files/a.pdf", id="r2"))
    with centre.served() as address:
        withdraw(centre.database, "r1", now=centre.clock())
        # Another notice has the same file.
        assert _get(address).content == PDF
        withdraw(centre.database, "r2", now=centre.clock())
        assert _refusal(address, SHA) == _refusal(address, "0" * 64)
    assert _kept(centre) == set()
    # Importing a withdrawn notice again brings nothing back.
    assert centre.take(_with(centre, "files/a.pdf")).unchanged == 1
    assert _kept(centre) == set()


def test_a_version_that_waits_leaves_the_files_of_the_listed_one_alone(centre):
    centre.take(_with(centre, _put(centre)))
    new = b"%PDF- new"
    centre.take(_with(centre, _put(centre, new, "files/b.pdf"), publish_date=LATER))
    coming = hashlib.sha256(new).hexdigest()
    with centre.served() as address:
        assert _get(address).content == PDF
        assert _get(address, coming).status_code == 404
        centre.clock.pass_by(minutes=31)
        assert _get(address, coming).content == new
        assert _get(address).status_code == 404
    assert _kept(centre) == {coming}


def test_the_end_of_a_process_takes_its_files_along(centre):
    release = {
        "ocid": "ocds-1",
        "id": "ocds-1-1",
        "date": "2026-03-17T09:00:00+08:00",
        "tag": ["tender"],
        "tender": {"title": "道路", "documents": [{"url": _put(centre)}]},
    }
    end = {"ocid": "ocds-1", "id": "2", "date": "2026-03-17T12:10:00+08:00"}
    centre.take(release, {**end, "tag": ["tenderCancellation"]})
    with centre.served() as address:
        assert _get(address).content == PDF
        centre.clock.pass_by(minutes=11)
        assert _get(address).status_code == 404
    assert _kept(centre) == set()


def test_a_file_that_is_missing_on_the_disk_is_unknown(centre, caplog):
    centre.take(_with(centre, _put(centre)))
    blob_folder(centre.database).path(SHA).unlink()
    with centre.served() as address:
        assert _get(address).status_code == 404
    assert "cannot be opened" in caplog.text


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4", "application/pdf"),
        (b"\0" * 100 + b"%PDF-1.4", "application/pdf"),
        (_zip("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
        (
            _zip("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            _zip("[Content_Types].xml", "word/document2.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            _zip("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (_zip("a/OFD.xml", "%PDF-1.4"), "application/zip"),
        (_zip(), "application/zip"),
        (_zip("OFD.xml")[:-30], "application/zip"),
        (b"PK\x03\x04" + b"x" * 50, "application/zip"),
        (b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18, "application/zip"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        ("招标".encode(), "application/octet-stream"),
    ],
)
def test_the_kind_is_told_by_the_content(content, kind):
    assert media_type(io.BytesIO(content)) == kind


def _with_large_directory(kind: str) -> bytes:
    """A ZIP whose list of contents is over the bound, which its end hides in one way or other."""
    first = b"PK\x03\x04" + bytes(26)
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[0] * 9, 7, 0, 500, *[0] * 4) + b"OFD.xml"
    listed = (entry + bytes(500)) * (9 * 1024 * 1024 // (len(entry) + 500))
    told = 0xFFFFFFFF if kind == "ZIP64" else len(listed)
    sizes = struct.pack("<LL", told, len(first))
    end = b"PK\x05\x06" + (bytes(4) if kind != "two ends" else b"PK\x05\x06") + bytes(4) + sizes
    if kind in ("ZIP64", "ZIP64 unasked"):
        at = len(first) + len(listed)
        end = (
            struct.pack(
                "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(listed), len(first)
            )
            + struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
            + (end if kind == "ZIP64" else end[:12] + bytes(4) + end[16:])
        )
    return first + listed + end + bytes(2)


@pytest.mark.parametrize("kind", ["plain", "two ends", "ZIP64", "ZIP64 unasked"])
def test_no_end_of_a_zip_gets_a_large_directory_read(kind, monkeypatch):
    content = _with_large_directory(kind)
    with monkeypatch.context() as with_more:
        with_more.setattr(media_type_module, "_MAX_DIRECTORY", len(content))
        assert media_type(io.BytesIO(content)) == "application/ofd"
    tracemalloc.start()
    try:
        assert media_type(io.BytesIO(content)) == "application/zip"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_document_that_holds_a_zip_as_it_is_keeps_its_kind():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("OFD.xml", "x")
        archive.writestr("Doc_0/a.zip", _zip("a", "b"))
    assert media_type(out) == "application/ofd"


def test_any_damaged_zip_has_a_kind():
    sound = _zip("OFD.xml", "b", "c")
    for place in range(4, len(sound)):
        for value in (0, 0xFF):
            damaged = bytes([*sound[:place], value, *sound[place + 1 :]])
            assert media_type(io.BytesIO(damaged)) in ("application/zip", "application/ofd")


def test_the_folder_names_nothing_but_digests(tmp_path: Path):
    with pytest.raises(ValueError, match="no SHA-256"):
        blobs_module.BlobFolder(tmp_path).path("../x")
