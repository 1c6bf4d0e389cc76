"""Opening, closing, pulling out: the driver against the simulated UDisks2 on a real bus."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from devices.storage import keeping
from devices.storage.errors import NoFolder, PulledOut
from devices.storage.media import Problem, Rules, State
from devices.storage.sticks import Sticks
from devices.storage.udisks import UDisks
from devices.storage.virtual.service import VirtualUDisks
from devices.storage.virtual.stick import VirtualPartition, VirtualStick
from tests.devices.storage.conftest import SETTLED_S, ready

ROOT = Path(__file__).parents[3]
PROTECTED = "ro,nosuid,nodev,noexec"


def stick(content: Path, **more) -> VirtualStick:
    return VirtualStick([VirtualPartition(content, label="KINGSTON", **more)])


def mounted(udisks: VirtualUDisks) -> list[str]:
    return [line for line in Path(udisks.place["mount_table"]).read_text().splitlines() if line]


def test_a_stick_is_opened_only_while_it_is_wanted(udisks, sticks_at, content):
    udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    assert sticks.settled(SETTLED_S)
    assert sticks.media() == ()
    assert mounted(udisks) == []

    sticks.want(True)
    [medium] = ready(sticks)
    assert (medium.label, medium.size, medium.problem) == ("KINGSTON", 8_000_000_000, None)
    listed = sticks.list(medium.key)
    assert listed.folders == ("投标".encode(),)
    assert [(file.name, file.size) for file in listed.files] == [(b"readme.txt", 5)]
    assert [file.name for file in sticks.list(medium.key, ("投标".encode(),)).files] == [
        "报价.pdf".encode()
    ]
    assert [call[2] for call in udisks.calls] == [f"{PROTECTED},codepage=936"]

    sticks.want(False)
    assert sticks.media() == ()
    assert sticks.settled(SETTLED_S)
    assert mounted(udisks) == []
    assert list(udisks.media.iterdir()) == []
    assert [call[0] for call in udisks.calls] == ["Mount", "Unmount", "PowerOff"]
    with pytest.raises(PulledOut):
        sticks.list(medium.key)


def test_a_stick_plugged_in_later_is_told(udisks, sticks_at, content):
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert ready(sticks) == []
    udisks.plug(stick(content))
    wait_until(sticks, lambda: ready_now(sticks))


def wait_until(sticks: Sticks, condition: Callable[[], bool]) -> None:
    there = threading.Event()
    sticks.changed = lambda: there.set() if condition() else None
    sticks.changed()
    assert there.wait(SETTLED_S)
    sticks.changed = lambda: None


def problems(sticks: Sticks) -> list[Problem | None]:
    return [medium.problem for medium in sticks.media()]


def ready_now(sticks: Sticks) -> bool:
    return any(medium.state is State.READY for medium in sticks.media())


def test_several_sticks_and_partitions(udisks, sticks_at, content):
    one = VirtualStick(
        [
            VirtualPartition(content, label="A"),
            VirtualPartition(content, label="B", type="exfat"),
            VirtualPartition(label="C", usage="crypto", type="crypto_LUKS"),
            VirtualPartition(container=True),
            VirtualPartition(content, label="D", type="btrfs"),
            VirtualPartition(usage="", type=""),
            VirtualPartition(usage="filesystem", type="BitLocker", label="E"),
        ]
    )
    two = VirtualStick([VirtualPartition(content, label="F")], table=False)
    inside = VirtualStick([VirtualPartition(content, label="G")], system=True)
    sata = VirtualStick([VirtualPartition(content, label="H")], bus="ata")
    for each in (one, two, inside, sata):
        udisks.plug(each)
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    told = [(medium.label, medium.state, medium.problem) for medium in sticks.media()]
    assert told == [
        ("A", State.READY, None),
        ("B", State.READY, None),
        ("C", State.REFUSED, Problem.ENCRYPTED),
        ("D", State.REFUSED, Problem.FILE_SYSTEM),
        ("", State.REFUSED, Problem.UNKNOWN_CONTENT),
        ("E", State.REFUSED, Problem.FILE_SYSTEM),
        ("F", State.READY, None),
    ]
    assert sorted(call[1] for call in udisks.calls if call[0] == "Mount") == ["sdb1", "sdb2", "sdc"]


@pytest.mark.parametrize(
    ("ports", "port", "problem"),
    [
        ((), "1-2", None),
        (("1-2",), "1-2", None),
        (("1-2",), "1-2.4", None),
        (("1-2",), "1-20", Problem.PORT),
        (("2-1", "1-3"), "1-2", Problem.PORT),
    ],
)
def test_ports(udisks, sticks_at, content, ports, port, problem):
    plugged = stick(content)
    plugged.port = port
    udisks.plug(plugged)
    sticks = sticks_at(udisks, Rules(ports=ports))
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    assert [medium.problem for medium in sticks.media()] == [problem]


@pytest.mark.parametrize("option", PROTECTED.split(","))
def test_a_mount_without_its_protection_is_taken_back(udisks, sticks_at, content, option):
    udisks.plug(stick(content, ignores=frozenset({option})))
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    [medium] = sticks.media()
    assert (medium.state, medium.problem) == (State.REFUSED, Problem.NOT_OPENED)
    assert mounted(udisks) == []
    with pytest.raises(PulledOut):
        sticks.list(medium.key)


def test_a_mount_that_is_refused_is_told(udisks, sticks_at, content):
    udisks.plug(stick(content, refusal="NotAuthorized"))
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    assert [medium.problem for medium in sticks.media()] == [Problem.NOT_OPENED]


def test_a_kernel_without_the_code_page_opens_it_all_the_same(udisks, sticks_at, content):
    udisks.plug(stick(content, lacks_codepage=True))
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert len(ready(sticks)) == 1
    assert [call[2] for call in udisks.calls] == [f"{PROTECTED},codepage=936", PROTECTED]


def test_a_slow_stick_keeps_no_other_waiting(udisks, sticks_at, content):
    udisks.plug(stick(content, mount_s=0.4))
    udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    wait_until(sticks, lambda: ready_now(sticks))
    states = [medium.state for medium in sticks.media()]
    assert states == [State.OPENING, State.READY]


def test_pulled_out(udisks, sticks_at, content):
    letter = udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    [medium] = ready(sticks)
    folder = sticks.open_folder(medium.key, ())
    number = os.open(b"readme.txt", os.O_RDONLY, dir_fd=folder)
    udisks.pull(letter)
    wait_until(sticks, lambda: problems(sticks) == [Problem.PULLED_OUT])
    [past] = sticks.media()
    assert (past.key, past.state, past.problem) == (
        medium.key,
        State.REFUSED,
        Problem.PULLED_OUT,
    )
    assert os.pread(number, 10, 0) == b""
    os.close(number)
    os.close(folder)
    with pytest.raises(PulledOut):
        sticks.list(medium.key)
    assert sticks.settled(SETTLED_S)
    assert mounted(udisks) == []
    assert not sticks.left_mounted

    udisks.plug(stick(content))
    assert wait_ready(sticks).key != medium.key
    assert len(sticks.media()) == 1


def wait_ready(sticks: Sticks):
    wait_until(sticks, lambda: ready_now(sticks))
    return ready(sticks)[0]


def test_pulled_out_while_it_is_being_opened(udisks, sticks_at, content):
    letter = udisks.plug(stick(content, mount_s=0.3))
    sticks = sticks_at(udisks)
    sticks.want(True)
    wait_until(sticks, lambda: bool(sticks.media()))
    udisks.pull(letter)
    wait_until(sticks, lambda: problems(sticks) == [Problem.PULLED_OUT])
    assert mounted(udisks) == []


def test_pulled_out_while_its_top_folder_is_being_opened(udisks, sticks_at, content, monkeypatch):
    letter = udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    assert sticks.settled(SETTLED_S)
    reached, go = threading.Event(), threading.Event()
    plain = keeping.open_top

    def slow(point: bytes) -> int:
        number = plain(point)
        reached.set()
        go.wait(SETTLED_S)
        return number

    monkeypatch.setattr(keeping, "open_top", slow)
    sticks.want(True)
    assert reached.wait(SETTLED_S)
    udisks.pull(letter)
    wait_until(sticks, lambda: problems(sticks) == [Problem.PULLED_OUT])
    go.set()
    assert sticks.settled(SETTLED_S)
    assert problems(sticks) == [Problem.PULLED_OUT]
    sticks.stop()
    for number in [each.name for each in Path("/proc/self/fd").iterdir()]:
        with suppress(FileNotFoundError):
            target = Path(f"/proc/self/fd/{number}").readlink()
            assert not target.is_relative_to(udisks.media)


def test_another_folder_than_the_mount_is_not_read(udisks, sticks_at, content, monkeypatch):
    monkeypatch.setattr(keeping, "mount_id", lambda _number: 0)
    udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    assert problems(sticks) == [Problem.NOT_OPENED]
    assert mounted(udisks) == []


def test_closed_on_request_with_all_its_partitions(udisks, sticks_at, content):
    both = VirtualStick([VirtualPartition(content, label="A"), VirtualPartition(content, busy=2)])
    letter = udisks.plug(both)
    sticks = sticks_at(udisks)
    sticks.want(True)
    first, second = ready(sticks)
    assert len(udisks.points(letter)) == 2
    sticks.eject(second.key)
    assert sticks.settled(SETTLED_S)
    assert [(m.key, m.state) for m in sticks.media()] == [
        (first.key, State.REMOVABLE),
        (second.key, State.REMOVABLE),
    ]
    assert mounted(udisks) == []
    assert [call[0] for call in udisks.calls][-1] == "PowerOff"
    with pytest.raises(PulledOut):
        sticks.list(first.key)


def test_what_is_told_of_a_stick_that_left_meanwhile_brings_it_not_back(
    udisks, sticks_at, content, monkeypatch
):
    plain = UDisks.objects

    async def slow(self):
        found = await plain(self)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(UDisks, "objects", slow)
    udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    [medium] = ready(sticks)
    sticks.eject(medium.key)
    wait_until(sticks, lambda: [each.state for each in sticks.media()] == [State.REMOVABLE])
    assert sticks.settled(SETTLED_S)
    assert [each.state for each in sticks.media()] == [State.REMOVABLE]
    assert len([call for call in udisks.calls if call[0] == "Mount"]) == 1


def test_what_was_open_in_one_session_is_not_opened_in_the_next(udisks, sticks_at, content):
    left = stick(content)
    left.can_power_off = False
    letter = udisks.plug(left)
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert len(ready(sticks)) == 1
    sticks.want(False)
    assert sticks.settled(SETTLED_S)
    assert [call[0] for call in udisks.calls][-1] == "Eject"

    sticks.want(True)
    assert ready(sticks) == []
    assert [medium.state for medium in sticks.media()] == [State.REMOVABLE]
    udisks.pull(letter)
    udisks.plug(left)
    wait_ready(sticks)


def test_the_session_ends_while_a_stick_is_being_opened(udisks, sticks_at, content):
    udisks.plug(stick(content, mount_s=0.3))
    sticks = sticks_at(udisks)
    sticks.want(True)
    wait_until(sticks, lambda: bool(sticks.media()))
    sticks.want(False)
    assert sticks.settled(SETTLED_S)
    assert mounted(udisks) == []
    assert [call[0] for call in udisks.calls] == ["Mount", "Unmount", "PowerOff"]


def test_the_next_session_begins_at_once_after_one_with_an_open_stick(udisks, sticks_at, content):
    letter = udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    [medium] = ready(sticks)
    told: list[State] = []
    sticks.changed = lambda: told.extend(each.state for each in sticks.media())
    sticks.want(False)
    sticks.want(True)
    assert sticks.media() == ()
    assert sticks.settled(SETTLED_S)
    assert State.READY not in told
    assert [each.state for each in sticks.media()] == [State.REMOVABLE]
    assert mounted(udisks) == []
    with pytest.raises(PulledOut):
        sticks.list(medium.key)
    udisks.pull(letter)
    udisks.plug(stick(content))
    wait_ready(sticks)


@pytest.mark.parametrize("refusal", ["", "NotAuthorized"])
def test_the_next_session_begins_while_a_stick_is_opened_for_the_last(
    udisks, sticks_at, content, refusal
):
    both = [VirtualPartition(content, mount_s=0.3, refusal=refusal), VirtualPartition(content)]
    letter = udisks.plug(VirtualStick(both))
    sticks = sticks_at(udisks)
    sticks.want(True)
    wait_until(sticks, lambda: ready_now(sticks))
    told: list[State] = []
    sticks.changed = lambda: told.extend(each.state for each in sticks.media())
    sticks.want(False)
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    assert State.READY not in told
    assert [each.state for each in sticks.media()] == [State.REMOVABLE, State.REMOVABLE]
    assert mounted(udisks) == []
    udisks.pull(letter)
    udisks.plug(stick(content))
    wait_ready(sticks)


def test_the_end_of_the_program_closes_everything(udisks, sticks_at, content):
    udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert len(ready(sticks)) == 1
    sticks.stop()
    assert mounted(udisks) == []


def test_what_a_crash_left_mounted_is_unmounted_at_the_next_start(udisks, sticks_at, content):
    letter = udisks.plug(stick(content))
    udisks.mount_elsewhere(letter, udisks.media / "KINGSTON")
    assert len(mounted(udisks)) == 1
    sticks = sticks_at(udisks)
    assert sticks.settled(SETTLED_S)
    assert mounted(udisks) == []
    assert [call[0] for call in udisks.calls] == ["Unmount"]


DIES = """
import sys, time
from pathlib import Path
from devices.storage.media import Rules
from devices.storage.sticks import Sticks

address, table, sysfs, own = sys.argv[1:]
sticks = Sticks(
    Rules(), bus_address=address, mount_table=Path(table), sysfs=Path(sysfs), own=(own.encode(),)
)
sticks.start()
sticks.want(True)
while not sticks.settled(5) or not sticks.media():
    time.sleep(0.01)
print("open", flush=True)
time.sleep(60)
"""


def test_killed_with_an_open_stick(udisks, sticks_at, content):
    udisks.plug(stick(content))
    place = udisks.place
    told = [place["bus_address"], place["mount_table"], place["sysfs"], place["own"][0].decode()]
    command = [sys.executable, "-c", DIES, *map(str, told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"open\n"
        assert len(mounted(udisks)) == 1
        victim.kill()
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert ready(sticks) == []
    assert mounted(udisks) == []
    assert [medium.state for medium in sticks.media()] == [State.REMOVABLE]


def test_what_others_have_mounted_is_left_alone(udisks, sticks_at, content, tmp_path):
    letter = udisks.plug(stick(content))
    udisks.mount_elsewhere(letter, tmp_path / "backup")
    sticks = sticks_at(udisks)
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    assert [medium.problem for medium in sticks.media()] == [Problem.IN_USE]
    sticks.want(False)
    assert sticks.settled(SETTLED_S)
    assert len(mounted(udisks)) == 1
    assert udisks.calls == []


def test_without_udisks_it_is_said_and_looked_for_again(udisks, sticks_at, content):
    udisks.stop_service()
    sticks = sticks_at(udisks)
    wait_until(sticks, lambda: sticks.service is False)
    udisks.start_service()
    udisks.plug(stick(content))
    sticks.want(True)
    wait_ready(sticks)
    assert sticks.service is True


def test_udisks_starts_anew_while_a_stick_is_open(udisks, sticks_at, content):
    udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    [medium] = ready(sticks)
    udisks.stop_service()
    udisks.start_service()
    assert sticks.list(medium.key).files
    wait_until(sticks, lambda: sticks.service is True)
    sticks.want(False)
    assert sticks.settled(SETTLED_S)
    assert mounted(udisks) == []


def test_hostile_places(udisks, sticks_at, content):
    (content / "link").symlink_to("/etc")
    udisks.plug(stick(content))
    sticks = sticks_at(udisks)
    sticks.want(True)
    [medium] = ready(sticks)
    for place in [(b"..",), (b"link",), (b"/etc",), (b"",), (b".",), (b"a\0",), (b"readme.txt",)]:
        with pytest.raises(NoFolder):
            sticks.list(medium.key, place)
        with pytest.raises(NoFolder):
            sticks.open_folder(medium.key, place)
