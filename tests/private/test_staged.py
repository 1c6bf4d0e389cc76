"""Staged files: whole or not at all, unreadable without their row, damage found."""

import errno
import hashlib
import io
import os
import random
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.private import files
from kiosk.private import staged as staged_module
from kiosk.private.errors import (
    DamagedFile,
    DiskTrouble,
    NoRoom,
    SourceVanished,
    Stopped,
    Unsuitable,
)
from kiosk.private.sealed_file import (
    CHUNK,
    TAG,
    BrokenChunk,
    SealedChunks,
    chunk_place,
    sealed_size,
)
from kiosk.private.staged import StagedFolder
from kiosk.private.store import PrivateStore
from tests.private.builders import KEY, NOW, Machine, a_manifest, stage

ROOT = Path(__file__).parents[2]
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 777)


def on_disk(folder: Path) -> list[Path]:
    return sorted((folder / "staged").iterdir()) if (folder / "staged").exists() else []


def nothing_left(store: PrivateStore, folder: Path) -> bool:
    rows = store._database.conn.execute("SELECT 1 FROM files").fetchall()
    return not rows and not on_disk(folder) and store.staged() == ()


@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out(store, folder, size):
    content = random.Random(size).randbytes(size)
    told = []
    file = stage(store, content, progress=told.append)
    assert (file.size, file.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert told[-1] == size and told == sorted(told)
    assert store.staged() == (file,)
    [path] = on_disk(folder)
    assert path.stat().st_size == sealed_size(size) and path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with store.open_staged(file) as reader:
        assert reader.size == size
        assert reader.read() == content
        assert reader.read(10) == b""


def test_a_source_that_gives_little_at_a_time(store):
    content = random.Random(1).randbytes(CHUNK + 5000)

    class Dripping(io.BytesIO):
        def readinto(self, buffer):
            return super().readinto(memoryview(buffer)[:3001])

    file = store.stage(Dripping(content), name="a", media_type="a/b")
    with store.open_staged(file) as reader:
        assert reader.read() == content


CONTENT = random.Random(2).randbytes(2 * CHUNK + 12345)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(CONTENT)), st.integers(0, CHUNK + 9)), max_size=8))
def test_reading_from_any_place(shared_file, places):
    store, file = shared_file
    with store.open_staged(file) as reader:
        for place, count in places:
            reader.seek(place)
            assert reader.read(count) == CONTENT[place : place + count]
            assert reader.tell() == min(len(CONTENT), place + count)


@pytest.fixture(scope="module")
def shared_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    with PrivateStore(folder, KEY, clocks=Machine(), margin_bytes=0) as store:
        yield store, stage(store, CONTENT)


@pytest.mark.parametrize("place", [-1, 5])
def test_a_place_outside_is_a_mistake(store, place):
    with store.open_staged(stage(store, b"1234")) as reader, pytest.raises(ValueError):
        reader.seek(place)


def damaged(kind: str, sealed: bytes, other: bytes) -> bytes:
    step = CHUNK + TAG
    return {
        "one bit": sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:],
        "tag": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "chunks swapped": sealed[step : 2 * step] + sealed[:step] + sealed[2 * step :],
        "chunk repeated": sealed[:step] * 2 + sealed[2 * step :],
        "cut off at a chunk": sealed[:step],
        "cut off within": sealed[:-7],
        "longer": sealed + b"x" * 16,
        "of another file": other,
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["one bit", "tag", "chunks swapped", "chunk repeated", "cut off at a chunk",
     "cut off within", "longer", "of another file"],
)  # fmt: skip
def test_damage_is_found(store, folder, kind):
    file, other = stage(store, CONTENT), stage(store, CONTENT)
    path = folder / "staged" / file.id
    path.write_bytes(damaged(kind, path.read_bytes(), (path.parent / other.id).read_bytes()))
    with pytest.raises(DamagedFile), store.open_staged(file) as reader:
        reader.read()
    path.unlink()
    with pytest.raises(DamagedFile):
        store.open_staged(file)


def test_a_chunk_knows_its_place_and_whether_it_is_the_last():
    chunks = SealedChunks(bytes(32))
    sealed = chunks.seal(3, b"abc", last=True)
    assert chunks.open(3, sealed, last=True) == b"abc"
    for number, last in ((2, True), (3, False)):
        with pytest.raises(BrokenChunk):
            chunks.open(number, sealed, last=last)
    with pytest.raises(BrokenChunk):
        chunks.open(3, b"short", last=True)
    with pytest.raises(ValueError):
        chunks.seal(0, b"abc", last=False)
    assert chunk_place(1, CHUNK + 3) == (CHUNK + TAG, 3 + TAG)


class Pulled(io.RawIOBase):
    """A stick that is pulled out after a while."""

    def __init__(self, after: int, code: int | None) -> None:
        self._left, self._code = after, code

    def readinto(self, buffer):
        if self._left <= 0:
            if self._code is None:
                return 0
            raise OSError(self._code, "gone")
        count = min(len(buffer), self._left)
        self._left -= count
        buffer[:count] = bytes(count)
        return count


@pytest.mark.parametrize("code", [errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, None])
@pytest.mark.parametrize("after", [0, 100, CHUNK, 2 * CHUNK + 9])
def test_a_stick_pulled_out_leaves_nothing(store, folder, code, after):
    with pytest.raises(SourceVanished):
        store.stage(Pulled(after, code), name="a", media_type="a/b", size=3 * CHUNK)
    assert nothing_left(store, folder)


@pytest.mark.parametrize("size", [10, CHUNK, CHUNK + 1])
def test_a_file_that_grew_is_not_the_one_that_was_chosen(store, folder, size):
    with pytest.raises(SourceVanished, match="larger"):
        stage(store, CONTENT, size=size)
    assert nothing_left(store, folder)


def test_stopping_leaves_nothing(store, folder):
    for chunks in range(3):
        asked = iter([False] * chunks + [True])
        with pytest.raises(Stopped):
            stage(store, CONTENT, stopped=lambda asked=asked: next(asked))
        assert nothing_left(store, folder)


def test_no_room_is_told_before_and_while_copying(store, folder, monkeypatch):
    free = [len(CONTENT) + 1000]
    store._folder._free = lambda _: free[0]
    store._folder._margin = 2000
    with pytest.raises(NoRoom):
        stage(store, CONTENT)
    assert nothing_left(store, folder)
    monkeypatch.setattr(staged_module, "_LOOK_AFTER", 2)
    free[0] = 1999
    store._folder._margin = 0

    def shrinking(_):
        store._folder._margin = 2000

    with pytest.raises(NoRoom):
        stage(store, CONTENT, size=None, progress=shrinking)
    assert nothing_left(store, folder)


@pytest.mark.parametrize(
    ("code", "error"),
    [(errno.ENOSPC, NoRoom), (errno.EDQUOT, NoRoom), (errno.EIO, DiskTrouble)],
)
def test_a_disk_that_fails_leaves_nothing(store, folder, monkeypatch, code, error):
    def fails(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(staged_module, "_write_all", fails)
    with pytest.raises(error):
        stage(store, CONTENT)
    assert nothing_left(store, folder)


def test_a_session_that_ended_meanwhile_keeps_nothing(store, folder, machine):
    def ends(_):
        with PrivateStore(folder, KEY, clocks=machine) as other:
            other.forget()

    with pytest.raises(Stopped):
        stage(store, b"1234", progress=ends)
    assert nothing_left(store, folder)


def test_taken_back_and_handed_in(store, folder):
    first, second = stage(store, b"one"), stage(store, b"two")
    store.unstage(first)
    assert store.staged() == (second,) and len(on_disk(folder)) == 1
    with pytest.raises(Unsuitable):
        store.hand_in(a_manifest(first), [first], NOW)
    with pytest.raises(Unsuitable):
        store.hand_in(a_manifest(first), [second], NOW)
    store.hand_in(a_manifest(second), [second], NOW)
    assert store.staged() == ()
    with pytest.raises(Unsuitable):
        store.hand_in(a_manifest(second), [second], NOW)
    store.unstage(second)
    assert len(on_disk(folder)) == 1
    assert len(store.outbox.waiting()) == 1


def test_a_start_removes_what_sessions_before_left(store, folder, machine):
    stage(store, b"of a dead session")
    kept = stage(store, b"handed in")
    store.hand_in(a_manifest(kept), [kept], NOW)
    (folder / "staged" / "stray").write_bytes(b"x")
    with PrivateStore(folder, KEY, clocks=machine) as again:
        again.begin_service(None)
    assert [path.name for path in on_disk(folder)] == [kept.id]


STAGER = """
import sys
from pathlib import Path
from kiosk.clocks import read_clocks
from kiosk.private.staged import StagedFolder
from kiosk.private.store import PrivateStore
from tests.private.builders import KEY
with PrivateStore(Path(sys.argv[1]), KEY, clocks=read_clocks, margin_bytes=0) as store:
    print("ready", flush=True)
    with open(sys.argv[2], "rb") as source:
        for number in range(1000):
            source.seek(0)
            file = store.stage(source, name=f"{number}", media_type="a/b", size=int(sys.argv[3]))
            print(file.id, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_killed_while_staging(tmp_path, folder, seed, machine):
    chance = random.Random(seed)
    marker = chance.randbytes(16)
    content = marker * (4 * CHUNK // 16) + b"end"
    source = tmp_path / "stick"
    source.write_bytes(content)
    process = subprocess.Popen(
        [sys.executable, "-c", STAGER, str(folder), str(source), str(len(content))],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for _ in range(seed):
        process.stdout.readline()
    try:
        process.wait(chance.uniform(0.0, 0.03))
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
    told = process.stdout.read().split()
    process.wait()
    process.stdout.close()
    assert not any(marker in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    with PrivateStore(folder, KEY, clocks=machine) as store:
        ids = [file.id for file in store.staged()]
        # One that was finished but not yet told of may be there too; each is whole.
        assert set(told) <= set(ids)
        for file in store.staged():
            with store.open_staged(file) as reader:
                assert reader.read() == content
        store.begin_service(None)
        assert nothing_left(store, folder)


def test_the_folder_cleans_up_by_itself(tmp_path):
    staged = StagedFolder(tmp_path / "staged", margin_bytes=0)
    with pytest.raises(SourceVanished):
        staged.write("x", bytes(32), Pulled(CHUNK, errno.EIO), None, lambda _: None, lambda: False)
    assert staged.present() == set()
    with pytest.raises(DiskTrouble):
        (tmp_path / "staged" / "folder").mkdir()
        staged.remove(["folder"])


def test_it_counts_as_staged_only_once_it_is_safely_on_the_disk(store, monkeypatch):
    steps = []
    real_fsync, real_finish = os.fsync, files.finish

    def fsync(handle):
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        real_fsync(handle)

    def finish(*values):
        steps.append("staged")
        return real_finish(*values)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(files, "finish", finish)
    stage(store, b"1234")
    assert steps == ["file", "folder", "staged"]
