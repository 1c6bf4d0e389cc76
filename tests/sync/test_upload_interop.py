"""The client against servers of tus that others wrote; the server is killed on the way."""

import random

import pytest

from kiosk.sync import upload
from kiosk.sync.errors import Offline, UploadGone
from kiosk.sync.upload import SubmissionClient
from tests.sync.handing_in import MemoryReader, content, handed
from tests.sync.tus_servers import NAMES, TusServer, running

SUBMISSION = "0195a000-0000-7000-8000-000000000001"
POINTS = 4
SIZE = 8_000_000


@pytest.fixture(params=NAMES)
def server(request, tmp_path):
    with running(request.param, tmp_path) as started:
        yield started


def deliver_through_kills(server: TusServer, data: bytes, points: list[int]) -> tuple[int, str]:
    """Send a file while the server is killed at these offsets; how many kills, and its address."""
    left, kills = sorted(points, reverse=True), 0

    def kill_at(sent: int) -> None:
        nonlocal kills
        if left and sent >= left[-1]:
            left.pop()
            server.kill()
            kills += 1

    client, address = SubmissionClient(server.address), ""
    for _ in range(len(points) * 3 + 3):
        try:
            address = address or client.create_upload(handed(data), SUBMISSION)
            client.send_file(address, MemoryReader(data), kill_at)
            client.close()
            return kills, address
        except Offline:
            server.start()
        except UploadGone:
            address = ""
    raise AssertionError("never delivered")


def test_a_file_arrives(server):
    data = content(3_000_000, 1)
    assert deliver_through_kills(server, data, [])[0] == 0
    assert server.contents() == [data]


def test_killed_servers_end_with_the_right_bytes_once(server, monkeypatch):
    monkeypatch.setattr(upload, "PIECE", 1_000_000)
    chance, data = random.Random(5), content(SIZE, 2)
    points = [chance.randrange(SIZE) for _ in range(POINTS)]
    kills, address = deliver_through_kills(server, data, points)
    assert kills == POINTS
    if server.contents() != [data]:
        # tuspyserver appends before it notes the offset; a kill in between doubles a stretch, and
        # only the digest at the commit can tell. What the sender does then is done here.
        client = SubmissionClient(server.address)
        client.end_upload(address)
        client.close()
        deliver_through_kills(server, data, [])
    assert server.contents() == [data]


def test_a_paused_transfer_goes_on(server, monkeypatch):
    monkeypatch.setattr(upload, "PIECE", 500_000)
    data = content(2_000_000, 3)

    class Paused(Exception):
        pass

    def pause(sent):
        if sent >= 1_200_000:
            raise Paused

    client = SubmissionClient(server.address)
    address = client.create_upload(handed(data), SUBMISSION)
    with pytest.raises(Paused):
        client.send_file(address, MemoryReader(data), pause)
    told = []
    other = SubmissionClient(server.address)
    for _ in range(5):
        try:
            other.send_file(address, MemoryReader(data), told.append)
            break
        except Offline:
            continue
    assert told[0] >= 1_000_000
    assert server.contents() == [data]
