"""Attachments in the terminal's store: asked for, coming, here, and gone with their notice."""

import copy
import hashlib
import os
from pathlib import Path

import pytest

from display.notice import Attachment
from kiosk.store import connection
from kiosk.store.files import FileProblem, FileState, WantedFile
from kiosk.store.migrations import migrations
from kiosk.store.terminal import TerminalStore

CONTENT = b"%PDF- content"


def _file(content: bytes = CONTENT, name: str = "招标文件.pdf") -> Attachment:
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(name=name, size=len(content), sha256=digest, media_type="application/pdf")


def _hold(store: TerminalStore, make, *files: Attachment, id: str = "n1", number: int = 1) -> None:
    notice = make.notice(id, attachments=files)
    store.apply_page(make.channel, make.page(make.live(notice, number)), now=make.noon)


def _arrive(store: TerminalStore, content: bytes = CONTENT) -> str:
    """A wanted file comes, as sync would fetch it."""
    sha256 = hashlib.sha256(content).hexdigest()
    store.part_path(sha256).write_bytes(content)
    assert store.file_progress(sha256, len(content))
    assert store.file_here(sha256)
    return sha256


def _names(store: TerminalStore) -> set[str]:
    return {path.name for path in store.file_path("0" * 64).parent.iterdir()}


@pytest.fixture
def held(store, make) -> TerminalStore:
    """A store with a notice that has one file."""
    store.prepare_files()
    _hold(store, make, _file())
    return store


def test_a_file_is_asked_for_comes_and_is_here(held):
    file = _file()
    assert held.file_state(file.sha256) is None
    held.want_file(file, "n1")
    assert held.file_state(file.sha256) == FileState("wanted", 0, file.size)
    assert held.files_wanted() == (WantedFile(file.sha256, file.size),)
    assert held.file_progress(file.sha256, 5)
    assert held.file_state(file.sha256) == FileState("coming", 5, file.size)
    _arrive(held)
    assert held.file_state(file.sha256) == FileState("here", file.size, file.size)
    assert held.file_path(file.sha256).read_bytes() == CONTENT
    assert held.files_wanted() == ()
    held.want_file(file, "n1")
    held.forget_wanted(file.sha256)
    assert held.file_state(file.sha256) == FileState("here", file.size, file.size)


def test_asking_again_writes_nothing(held, tmp_path):
    file = _file()
    with TerminalStore(tmp_path / "terminal.db") as other:
        held.want_file(file, "n1")
        version = other.data_version()
        held.want_file(file, "n1")
        assert other.data_version() == version
        _arrive(held)
        version = other.data_version()
        held.want_file(file, "n1")
        assert held.verify_file(file.sha256)
        assert other.data_version() == version


@pytest.mark.parametrize("problem", list(FileProblem))
def test_a_file_that_failed_is_tried_anew(held, problem):
    file = _file()
    held.want_file(file, "n1")
    held.part_path(file.sha256).write_bytes(b"%PDF")
    held.file_progress(file.sha256, 4)
    held.file_failed(file.sha256, problem)
    kept = 4 if problem is FileProblem.OFFLINE else 0
    assert held.file_state(file.sha256) == FileState("failed", kept, file.size, problem)
    assert held.part_path(file.sha256).exists() == bool(kept)
    assert held.files_wanted() == ()
    held.want_file(file, "n1")
    assert held.file_state(file.sha256) == FileState("wanted", kept, file.size)


def test_a_visitor_who_goes_away_leaves_the_part_for_the_next(held):
    file = _file()
    held.want_file(file, "n1")
    held.part_path(file.sha256).write_bytes(b"%PDF")
    held.file_progress(file.sha256, 4)
    held.forget_wanted(file.sha256)
    assert held.file_state(file.sha256) is None
    assert held.files_wanted() == ()
    assert not held.file_progress(file.sha256, 5)
    assert not held.file_here(file.sha256)
    held.prepare_files()
    assert held.part_path(file.sha256).exists()
    held.want_file(file, "n1")
    assert held.file_state(file.sha256) == FileState("wanted", 4, file.size)
    held.forget_wanted("0" * 64)


def test_the_last_asked_for_is_fetched_first(held, make):
    first, second = _file(), _file(b"other")
    _hold(held, make, first, second, number=2)
    held.want_file(first, "n1")
    held.want_file(second, "n1")
    assert [file.sha256 for file in held.files_wanted()] == [second.sha256, first.sha256]
    held.want_file(first, "n1")
    assert [file.sha256 for file in held.files_wanted()] == [first.sha256, second.sha256]


@pytest.mark.parametrize("notice_id", ["n1", "unknown"])
def test_a_file_that_no_notice_of_the_store_names_is_not_fetched(held, notice_id):
    other = _file(b"other")
    held.want_file(other, notice_id)
    assert held.files_wanted() == ()
    assert held.file_state(other.sha256) == FileState("failed", 0, other.size, FileProblem.GONE)


def test_a_notice_that_lacks_the_file_does_not_take_it_from_the_one_that_has_it(held, make):
    _hold(held, make, id="n2")
    held.want_file(_file(), "n1")
    sha256 = _arrive(held)
    held.want_file(_file(), "n2")
    state = held.file_state(sha256)
    assert state is not None
    assert state.state == "here"
    _hold(held, make, id="n2", number=2)
    assert held.file_path(sha256).exists()


def _withdraw(make):
    return make.withdrawal("n1", 1)


def _remove(make):
    return make.gone("n1", 2)


def _replace(make):
    return make.live(make.notice("n1", attachments=(_file(b"new"),)), 2)


@pytest.mark.parametrize("end", [_withdraw, _remove, _replace])
@pytest.mark.parametrize("arrived", [True, False])
def test_files_go_with_their_notice_at_once(held, make, end, arrived):
    held.want_file(_file(), "n1")
    if arrived:
        _arrive(held)
    else:
        held.part_path(_file().sha256).write_bytes(b"%P")
        held.file_progress(_file().sha256, 2)
    assert len(_names(held)) == 1
    change = end(make)
    channel = "control" if change.id.startswith("withdrawal:") else make.channel
    held.apply_page(channel, make.page(change), now=make.noon)
    assert held.file_state(_file().sha256) is None
    assert _names(held) == set()
    assert not held.file_here(_file().sha256)


def test_a_part_of_what_is_gone_is_cleared(held, make):
    held.want_file(_file(), "n1")
    held.apply_page("control", make.page(make.withdrawal("n1", 1)), now=make.noon)
    held.part_path(_file().sha256).write_bytes(b"came meanwhile")
    held.clear_part(_file().sha256)
    assert _names(held) == set()


def test_a_change_of_another_notice_leaves_files_alone(held, make):
    held.want_file(_file(), "n1")
    sha256 = _arrive(held)
    _hold(held, make, id="n2")
    _hold(held, make, _file(name="另一个名字.pdf"), number=2)
    assert held.file_path(sha256).read_bytes() == CONTENT


def test_a_damaged_file_is_noticed_and_fetched_anew(held):
    held.want_file(_file(), "n1")
    sha256 = _arrive(held)
    assert held.verify_file(sha256)
    held.file_path(sha256).write_bytes(b"%PDF- cOntent")
    assert not held.verify_file(sha256)
    assert not held.file_path(sha256).exists()
    assert held.file_state(sha256) == FileState("wanted", 0, len(CONTENT))
    assert not held.verify_file(sha256)
    assert not held.verify_file("0" * 64)
    _arrive(held)
    held.file_path(sha256).unlink()
    assert not held.verify_file(sha256)
    assert held.files_wanted() != ()


def test_a_file_that_was_deleted_by_hand_is_asked_for_anew(held):
    held.want_file(_file(), "n1")
    sha256 = _arrive(held)
    held.file_path(sha256).unlink()
    held.want_file(_file(), "n1")
    assert held.file_state(sha256) == FileState("wanted", 0, len(CONTENT))


def test_the_longest_unused_leaves_first_and_who_has_it_open_reads_on(held, make):
    contents = [b"one", b"two2", b"three"]
    files = [_file(content) for content in contents]
    _hold(held, make, *files, number=2)
    for file, content in zip(files, contents, strict=True):
        held.want_file(file, "n1")
        _arrive(held, content)
    assert held.files_bytes() == 12
    assert held.verify_file(files[0].sha256)
    held.want_file(files[1], "n1")
    with held.file_path(files[2].sha256).open("rb") as reader:
        assert held.drop_oldest_file()
        assert held.file_state(files[2].sha256) is None
        assert reader.read() == b"three"
    assert held.drop_oldest_file()
    assert _names(held) == {files[1].sha256}
    held.file_path(files[1].sha256).unlink()
    held.want_file(files[1], "n1")
    assert not held.drop_oldest_file()
    assert held.files_bytes() == 0


def test_folder_and_table_are_brought_together_at_the_start(held, make):
    gone = _file(b"gone")
    _hold(held, make, _file(), gone, number=2)
    held.want_file(_file(), "n1")
    _arrive(held)
    held.want_file(gone, "n1")
    _arrive(held, b"gone")
    held.file_path(gone.sha256).unlink()
    folder = held.file_path(gone.sha256).parent
    (folder / ("a" * 64)).write_bytes(b"stray")
    (folder / f"{'a' * 64}.part").write_bytes(b"stray")
    (folder / "lost+found").mkdir()
    (folder / "link").symlink_to("/etc/passwd")
    held.prepare_files()
    assert _names(held) == {_file().sha256, "lost+found"}
    assert held.file_state(gone.sha256) is None
    assert held.verify_file(_file().sha256)


def test_how_much_is_here_is_read_from_the_disk_at_the_start(held):
    held.want_file(_file(), "n1")
    held.part_path(_file().sha256).write_bytes(b"%PDF")
    held.prepare_files()
    assert held.file_state(_file().sha256) == FileState("wanted", 4, len(CONTENT))


def test_only_digests_name_files(held):
    for name in ("../../etc/passwd", "A" * 64, ""):
        with pytest.raises(ValueError, match="no SHA-256"):
            held.file_path(name)


def test_an_older_database_gets_the_table(tmp_path: Path, make, monkeypatch):
    older = copy.copy(migrations)
    names = [migration.name for migration in migrations._migrations]
    older._migrations = list(migrations._migrations)[: names.index("files_of_notices")]
    path = tmp_path / "old" / "terminal.db"
    with monkeypatch.context() as patch:
        patch.setattr(connection, "migrations", older)
        TerminalStore(path).close()
    with TerminalStore(path) as store:
        store.prepare_files()
        _hold(store, make, _file())
        store.want_file(_file(), "n1")
        _arrive(store)
        assert store.verify_file(_file().sha256)


def test_nothing_tells_when_a_visitor_asked(held):
    held.want_file(_file(), "n1")
    columns = held._database["files"].columns_dict
    assert set(columns) == {
        *("sha256", "notice_id", "size", "state", "received", "problem", "used"),
    }
    assert held._database.execute("SELECT used FROM files").fetchone() == (1,)


def test_a_file_that_the_disk_does_not_let_go_of_stops_nothing(held, make, caplog, monkeypatch):
    held.want_file(_file(), "n1")
    sha256 = _arrive(held)

    def refuse(self, missing_ok=False):
        raise PermissionError(13, os.strerror(13))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        held.apply_page("control", make.page(make.withdrawal("n1", 1)), now=make.noon)
    assert "cannot be deleted" in caplog.text
    assert held.file_state(sha256) is None
    held.prepare_files()
    assert _names(held) == set()
