"""The same with the kernel's own mounts; needs root, as a container has."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from devices.storage.errors import PulledOut
from devices.storage.media import Problem, Rules
from devices.storage.virtual.mounting import CannotMount, RealMounts
from devices.storage.virtual.service import VirtualUDisks
from devices.storage.virtual.stick import VirtualPartition, VirtualStick
from tests.devices.storage.conftest import SETTLED_S, ready

NAME = "报价.pdf".encode("gbk")


def may_mount(tmp_path: Path) -> bool:
    (tmp_path / "try").mkdir()
    try:
        RealMounts().mount(VirtualPartition(tmp_path), tmp_path / "try", ["ro"])
        RealMounts().unmount(tmp_path / "try", force=False)
    except (CannotMount, OSError):
        return False
    return True


@pytest.fixture
def real(tmp_path):
    if shutil.which("dbus-daemon") is None or not may_mount(tmp_path):
        pytest.skip("needs dbus-daemon and the right to mount")
    with VirtualUDisks(lambda _folder: RealMounts()) as virtual:
        yield virtual


@pytest.fixture
def image(tmp_path, content):
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("needs mkfs.ext4")
    (content / os.fsdecode(NAME)).write_bytes(os.urandom(8 << 20))
    (content / "passwd.pdf").symlink_to("/etc/passwd")
    path = tmp_path / "stick.img"
    with path.open("wb") as file:
        file.truncate(32 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-d", content, path], check=True, timeout=60)
    return path


def opened(sticks, image):
    sticks.want(True)
    found = ready(sticks)
    if not found:
        pytest.skip("no loop devices here")
    return found[0]


def test_a_bound_folder_is_read_only_in_truth(real, sticks_at, content):
    real.plug(VirtualStick([VirtualPartition(content)]))
    sticks = sticks_at(real)
    sticks.want(True)
    [medium] = ready(sticks)
    folder = sticks.open_folder(medium.key, ())
    with pytest.raises(OSError, match="Read-only"):
        os.open(b"new.txt", os.O_WRONLY | os.O_CREAT, dir_fd=folder)
    # Whoever still has a folder open keeps nobody from pulling the stick out.
    sticks.want(False)
    assert sticks.settled(SETTLED_S)
    os.close(folder)
    assert str(real.media).encode() not in Path("/proc/self/mountinfo").read_bytes()


def test_a_missing_flag_is_seen_in_the_kernels_table(real, sticks_at, content):
    real.plug(VirtualStick([VirtualPartition(content, ignores=frozenset({"noexec"}))]))
    sticks = sticks_at(real)
    sticks.want(True)
    assert sticks.settled(SETTLED_S)
    assert [medium.problem for medium in sticks.media()] == [Problem.NOT_OPENED]
    assert str(real.media).encode() not in Path("/proc/self/mountinfo").read_bytes()


def test_an_image_pulled_out_in_the_middle_of_a_file(real, sticks_at, image):
    letter = real.plug(VirtualStick([VirtualPartition(image, type="ext4")]))
    sticks = sticks_at(real, Rules(filesystems=("ext4",)))
    medium = opened(sticks, image)
    assert {file.name for file in sticks.list(medium.key).files} == {NAME, b"readme.txt"}
    folder = sticks.open_folder(medium.key, ())
    number = os.open(NAME, os.O_RDONLY, dir_fd=folder)
    os.close(folder)
    os.posix_fadvise(number, 0, 0, os.POSIX_FADV_RANDOM)
    assert len(os.pread(number, 4096, 0)) == 4096
    real.pull(letter)
    with pytest.raises(OSError, match="Input/output"):
        os.pread(number, 4096, 4 << 20)
    os.close(number)
    with pytest.raises(PulledOut):
        sticks.list(medium.key)
    assert sticks.settled(SETTLED_S)
    assert str(real.media).encode() not in Path("/proc/self/mountinfo").read_bytes()
