"""Listing: bounded, through open folders, nothing followed, names as bytes."""

import os
import stat
import threading
from pathlib import Path

import pytest

from devices.storage import folders, mounts
from devices.storage.errors import NoFolder, Slow
from devices.storage.media import Rules, partitions, usb_port
from devices.storage.patience import PatientLine, within


@pytest.fixture
def top(tmp_path):
    number = folders.open_top(os.fsencode(tmp_path))
    yield number
    os.close(number)


def test_names_are_bytes_and_only_regular_files_and_folders_are_listed(tmp_path, top):
    names = ["报价.pdf".encode("gbk"), "说明.docx".encode(), b"\xff\xfe.pdf", b"a\nb.txt"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"12345")
    for hidden in (b".hidden", b"~$open.docx", b"Thumbs.db", b"desktop.ini"):
        (tmp_path / os.fsdecode(hidden)).touch()
    (tmp_path / os.fsdecode("资料".encode("gbk"))).mkdir()
    (tmp_path / "System Volume Information").mkdir()
    (tmp_path / "link.pdf").symlink_to("/etc/passwd")
    (tmp_path / "linked folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe.pdf")
    if os.geteuid() == 0:
        os.mknod(tmp_path / "device.pdf", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    listed = folders.list_folder(top, ())
    assert sorted(file.name for file in listed.files) == sorted(names)
    assert {file.size for file in listed.files} == {5}
    assert listed.folders == ("资料".encode("gbk"),)
    assert not listed.cut
    assert folders.list_folder(top, ("资料".encode("gbk"),)) == folders.Listed((), (), False)


def test_a_full_folder_is_cut(tmp_path, top, monkeypatch):
    monkeypatch.setattr(folders, "MAX_LISTED", 3)
    for number in range(5):
        (tmp_path / f"{number}.txt").touch()
    listed = folders.list_folder(top, ())
    assert len(listed.files) == 3
    assert listed.cut


def test_a_slow_folder_is_cut(tmp_path, top):
    for number in range(5):
        (tmp_path / f"{number}.txt").touch()
    moments = iter(range(100))
    listed = folders.list_folder(top, (), clock=lambda: next(moments), seconds=2.5)
    assert len(listed.files) == 2
    assert listed.cut


def test_a_deep_tree_ends(tmp_path, top):
    place = (b"d",) * (folders.MAX_DEPTH + 1)
    (tmp_path / "/".join("d" for _ in place)).mkdir(parents=True)
    assert folders.list_folder(top, place[:-2]).folders == (b"d",)
    assert folders.list_folder(top, place[:-1]).folders == ()
    with pytest.raises(NoFolder):
        folders.list_folder(top, place)


def test_no_file_is_left_open(tmp_path, top):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "link").symlink_to("..")
    before = len(list(Path("/proc/self/fd").iterdir()))
    folders.list_folder(top, (b"a",))
    for place in [(b"a", b"link"), (b"a", b"none"), (b"a", b"..")]:
        with pytest.raises(NoFolder):
            folders.open_folder(top, place)
    os.close(folders.open_folder(top, (b"a",)))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_work_that_never_ends_is_given_up_and_undone():
    go, undone = threading.Event(), threading.Event()
    undo = []
    with pytest.raises(Slow):
        within(0.05, lambda: go.wait(10), lambda value: (undo.append(value), undone.set()))
    go.set()
    assert undone.wait(10)
    assert undo == [True]


def test_work_in_time():
    assert within(10, lambda: None) is None
    with pytest.raises(OSError, match="broken"):
        within(10, lambda: (_ for _ in ()).throw(OSError("broken")))
    line = PatientLine("test")
    ended = threading.Event()
    assert [line.ask(10, lambda each=each: each) for each in range(3)] == [0, 1, 2]
    line.end(ended.set)
    assert ended.wait(10)


TABLE = rb"""22 1 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw
41 22 8:17 / /media/u/MY\040STICK\134 ro,nosuid,nodev,relatime shared:9 - vfat /dev/sdb1 ro
42 22 8:17 / /media/u/MY\040STICK\134 ro,nosuid,nodev,noexec,relatime - vfat /dev/sdb1 ro
"""


def test_the_table_of_mounts():
    mount = mounts.at(TABLE, b"/media/u/MY STICK\\")
    assert mount is not None
    assert (mount.id, mount.device, mount.lacks) == (42, "8:17", frozenset())
    assert mounts.parse(TABLE)[1].lacks == {"noexec"}
    assert mounts.parse(TABLE)[0].lacks == {"ro"}
    assert mounts.at(TABLE, b"/media/u/MY") is None
    with pytest.raises(ValueError, match="short"):
        mounts.parse(b"1 2 3\n")


def test_usb_ports():
    usb = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/1-2.3:1.0/host6/block/sdb/sdb1"
    assert usb_port(usb) == "1-2.3"
    assert usb_port("/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/block/sda/sda1") == ""


def test_objects_that_lack_what_they_should_have_are_no_sticks():
    block = "org.freedesktop.UDisks2.Block"
    drive = {"org.freedesktop.UDisks2.Drive": {"ConnectionBus": "usb"}}
    good = {"Drive": "/d", "Size": 1, "HintSystem": False}
    objects = {"/d": drive, "/a": {block: {}}, "/b": {block: {**good, "Drive": "/x"}}}
    assert list(partitions(objects, Rules())) == []
    [one] = partitions({"/d": drive, "/c": {block: good}}, Rules())
    assert one.problem(Rules(), "").value == "unknown_content"
