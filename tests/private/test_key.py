"""The key: made once, by one; whatever is wrong with it is named with its remedy."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.private.errors import Damaged, KeyTrouble, NotReady, WrongKey
from kiosk.private.key import CREDENTIAL, StoreKey, store_key
from kiosk.private.store import DATABASE_NAME, PrivateStore
from tests.private.builders import KEY

ROOT = Path(__file__).parents[2]
NO_SYSTEMD: dict[str, str] = {}


def test_made_at_the_first_start_for_its_owner_only_and_the_same_for_ever(tmp_path):
    path = tmp_path / "etc" / "private.key"
    made = store_key(path, may_make=True, environment=NO_SYSTEMD)
    assert store_key(path, may_make=True, environment=NO_SYSTEMD) == made
    assert store_key(path, may_make=False, environment=NO_SYSTEMD) == made
    assert len(made.value) == 32 and len(set(made.value)) > 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["private.key"]
    assert made.value.hex() not in repr(made) and str(made.value) not in repr(made)


def test_of_many_that_start_at_once_one_makes_it(tmp_path):
    path = tmp_path / "private.key"
    with ThreadPoolExecutor(16) as pool:
        ask = lambda _: store_key(path, may_make=True, environment=NO_SYSTEMD)  # noqa: E731
        keys = set(pool.map(ask, range(64)))
    assert len(keys) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["private.key"]


def test_two_processes_open_a_new_store_at_once(tmp_path):
    script = (
        "import sys; from pathlib import Path; from kiosk.clocks import read_clocks\n"
        "from kiosk.private.opening import open_private\n"
        "folder = Path(sys.argv[1])\n"
        "with open_private(folder, folder / 'key', clocks=read_clocks) as store:\n"
        "    print(store.outbox.waiting())\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    each = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(3)]
    assert [(p.communicate(timeout=20)[0], p.returncode) for p in each] == [(b"()\n", 0)] * 3


def test_the_credential_of_systemd_goes_first(tmp_path):
    (tmp_path / CREDENTIAL).write_text("ab" * 32 + "\n")
    path = tmp_path / "private.key"
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert store_key(path, may_make=True, environment=given) == StoreKey(b"\xab" * 32)
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "g" * 64, "\x00" * 64])
def test_what_is_no_key_is_refused(tmp_path, text):
    path = tmp_path / "private.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyTrouble, match="64 hexadecimal"):
        store_key(path, may_make=True, environment=NO_SYSTEMD)


@pytest.mark.parametrize(("mode", "good"), [(0o600, True), (0o640, True), (0o644, False),
                                            (0o620, False), (0o602, False)])  # fmt: skip
def test_a_key_that_others_can_read_or_change_is_refused(tmp_path, mode, good):
    path = tmp_path / "private.key"
    path.write_text("ab" * 32)
    path.chmod(mode)
    if good:
        assert store_key(path, may_make=False, environment=NO_SYSTEMD).value == b"\xab" * 32
    else:
        with pytest.raises(KeyTrouble, match="chmod 600"):
            store_key(path, may_make=False, environment=NO_SYSTEMD)


def test_a_key_that_cannot_be_read_or_made(tmp_path):
    with pytest.raises(KeyTrouble, match="cannot be read"):
        (tmp_path / "folder").mkdir()
        store_key(tmp_path / "folder", may_make=True, environment=NO_SYSTEMD)
    (tmp_path / "file").touch()
    with pytest.raises(KeyTrouble, match="cannot be"):
        store_key(tmp_path / "file" / "key", may_make=True, environment=NO_SYSTEMD)


def test_a_lost_key_is_never_replaced_while_its_database_is_there(tmp_path):
    with pytest.raises(KeyTrouble, match="put the key back"):
        store_key(tmp_path / "private.key", may_make=False, environment=NO_SYSTEMD)
    assert not list(tmp_path.iterdir())


def test_another_key_and_a_damaged_file_are_told_apart(folder, store, machine):
    other = StoreKey(os.urandom(32))
    with pytest.raises(WrongKey, match="put that key back"):
        PrivateStore(folder, other, clocks=machine)
    store.close()
    path = folder / DATABASE_NAME
    with path.open("r+b") as file:
        file.write(b"\xff" * 512)
    with pytest.raises(Damaged, match=r"move private\.db"):
        PrivateStore(folder, KEY, clocks=machine)
    path.write_bytes(b"")
    (folder / "private.db-wal").unlink(missing_ok=True)
    PrivateStore(folder, KEY, clocks=machine).close()


def test_without_its_mark_another_key_is_refused_all_the_same(folder, store, machine, capfd):
    (folder / "private.mark").unlink()
    with pytest.raises(Damaged):
        PrivateStore(folder, StoreKey(os.urandom(32)), clocks=machine)
    assert capfd.readouterr().err == ""


def test_a_reader_makes_no_database(tmp_path, machine):
    with pytest.raises(NotReady, match="start mingtang sync"):
        PrivateStore(tmp_path, KEY, clocks=machine, create=False)
    assert not list(tmp_path.iterdir())


def test_the_database_is_as_it_should_be(store, folder):
    ask = store._database.conn.execute
    for name, wanted in (
        ("journal_mode", "wal"),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("cipher_memory_security", "1"),
        ("synchronous", 2),
    ):
        assert ask(f"PRAGMA {name}").fetchone()[0] == wanted
    assert (folder / DATABASE_NAME).stat().st_mode & 0o777 == 0o600
    assert not (folder / DATABASE_NAME).read_bytes().startswith(b"SQLite format 3")
