"""Handing in: all of it or nothing, also when the process is killed in the middle."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.commands import sync_outbox
from kiosk.commands.health import personal
from kiosk.private.identity import Identity
from kiosk.private.opening import open_private
from kiosk.private.store import PrivateStore
from kiosk.private.transfer import State, Trouble
from kiosk.sync.sending import facts
from kiosk.sync.submission import is_submission_id
from tests.private.builders import KEY, NOW, a_manifest, stage

ROOT = Path(__file__).parents[2]
WHO = Identity("王小明", "210402199001011234")

KIOSK = """
import io, sys
from pathlib import Path
from kiosk.clocks import read_clocks
from kiosk.private.store import PrivateStore
from tests.private.builders import KEY, NOW, a_manifest, stage
from tests.private.test_outbox import WHO
with PrivateStore(Path(sys.argv[1]), KEY, clocks=read_clocks, margin_bytes=0) as store:
    print("ready", flush=True)
    for number in range(1000):
        store.save_draft(WHO, "bidder-registration", 3, "unit", {"n": number}, NOW)
        staged = [stage(store, f"{number} {part}".encode()) for part in range(3)]
        print(store.hand_in(a_manifest(*staged), staged, NOW), flush=True)
"""


@pytest.mark.parametrize("seed", range(2))
def test_killed_while_handing_in(folder, seed, machine):
    chance = random.Random(seed)
    process = subprocess.Popen(
        [sys.executable, "-c", KIOSK, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    told = [process.stdout.readline().strip() for _ in range(1 + seed)]
    try:
        process.wait(chance.uniform(0.0, 0.03))
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
    told += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    with PrivateStore(folder, KEY, clocks=machine) as store:
        waiting = [each.id for each in store.outbox.waiting()]
        # The last one may be there without having been told of.
        assert waiting[: len(told)] == told and len(waiting) <= len(told) + 1
        for number, id in enumerate(waiting):
            names = []
            for each in store.outbox.begin(id):
                with store.outbox.reader(each) as reader:
                    names.append(reader.read().decode())
            assert names == [f"{number} {part}" for part in range(3)]
        # A draft is there exactly when its submission is not.
        draft = store.draft(WHO, "bidder-registration")
        assert draft is None or draft.values == {"n": len(waiting)}
        store.begin_service(None)
        assert len(list((folder / "staged").iterdir())) == 3 * len(waiting)


def test_the_id_is_frozen_and_told(store):
    id = store.hand_in(a_manifest(), [], NOW)
    assert is_submission_id(id)
    assert store.progress(id).state is State.WAITING
    assert id != store.hand_in(a_manifest(), [], NOW)


def test_another_processs_writing_is_seen(store, folder, machine):
    before = store.data_version()
    store.hand_in(a_manifest(), [], NOW)
    assert store.data_version() == before
    with PrivateStore(folder, KEY, clocks=machine) as other:
        other.hand_in(a_manifest(), [], NOW)
    assert store.data_version() != before


@pytest.fixture
def settings_file(tmp_path):
    path = tmp_path / "mingtang.toml"
    path.write_text(
        '[centre]\nname = "某中心"\nregion = "420500"\nsite = "main"\n'
        f'[terminal]\nname = "FS-02"\ndata = "{tmp_path / "terminal"}"\n'
        f'[private]\nkey = "{tmp_path / "key"}"\n',
        encoding="utf-8",
    )
    return path


def command(capsys, settings_file, *more):
    from kiosk.cli import main

    code = main(["sync", "outbox", "--config", str(settings_file), *more])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_the_command_lists_what_waits_and_nothing_personal(
    tmp_path, folder, settings_file, capsys, machine
):
    code, said = command(capsys, settings_file)
    assert code == 1 and "start mingtang sync first" in said
    assert not folder.exists() and not (tmp_path / "key").exists()
    with open_private(folder, tmp_path / "key", clocks=machine) as store:
        assert command(capsys, settings_file) == (0, "Nothing waits for the server.\n")
        first = store.hand_in(a_manifest(title="东山路道路改造"), [], NOW)
        file = stage(store, b"x", "投标函.pdf")
        second = store.hand_in(a_manifest(file), [file], NOW)
        code, said = command(capsys, settings_file)
        assert code == 0 and first in said and second in said
        for word in ("王", "2104", "东山路", "投标"):
            assert word not in said
        store.outbox.begin(first)
        store.outbox.failed(first, Trouble.OFFLINE, "the answer is 503", 300.0)
        store.outbox.park(second, Trouble.REJECTED, "the answer is 422: Not a form", None)
        code, said = command(capsys, settings_file)
        assert code == 1
        assert "cannot take it now (the answer is 503)" in said
        assert "parked, for staff" in said and "the answer is 422: Not a form" in said
        code, said = command(capsys, settings_file, "--retry", "nothing")
        assert code == 1 and "nothing that waits" in said
        code, said = command(capsys, settings_file, "--retry", "")
        assert code == 1
        code, said = command(capsys, settings_file, "--retry", second)
        assert code == 0 and "sent again" in said
        assert [each.state for each in store.outbox.waiting()] == [State.WAITING] * 2
        store.outbox.stop(first, "the answer is 401", 900.0)
        code, said = command(capsys, settings_file)
        assert code == 1 and said.startswith("Everything stands still")


def test_every_trouble_and_kind_has_its_words():
    assert set(sync_outbox.TROUBLES) == set(Trouble) - {Trouble.NONE}


def test_health_says_plainly_what_waits_and_counts_nothing(store):
    assert personal(facts(store.outbox.health())) == []
    ids = [store.hand_in(a_manifest(), [], NOW) for _ in range(7)]
    assert personal(facts(store.outbox.health())) == []
    store.outbox.failed(ids[0], Trouble.OFFLINE, "away", 5.0)
    told = facts(store.outbox.health())
    assert "waiting, the last try failed" in personal(told)[0]
    assert "7" not in str(told)
    store.outbox.park(ids[0], Trouble.REJECTED, "no", a_manifest())
    assert "parked" in personal(facts(store.outbox.health()))[0]
    store.outbox.stop(ids[1], "no", 5.0)
    assert "does not accept this terminal" in " ".join(personal(facts(store.outbox.health())))
