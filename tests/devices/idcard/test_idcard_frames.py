"""Frames and commands: the golden bytes of the description, any chunking, noise."""

from functools import reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import Garbled
from devices.idcard import commands
from devices.idcard.commands import COMMANDS, FIND, MODULE_ID, READ, RESET, SELECT, STATUS
from devices.idcard.frames import LONGEST, PREAMBLE, Damaged, Deframer, Reply, request
from devices.idcard.virtual import wire as virtual_wire
from devices.idcard.virtual.cards import CARDS
from devices.idcard.virtual.module import VirtualModule


def whole(after_preamble: str) -> bytes:
    return bytes.fromhex("AAAAAA9669" + after_preamble)


REQUESTS = [
    (STATUS, "0003 11FF ED"),
    (MODULE_ID, "0003 12FF EE"),
    (RESET, "0003 10FF EC"),
    (FIND, "0003 2001 22"),
    (SELECT, "0003 2002 21"),
    (READ, "0003 3001 32"),
]
REPLIES = [
    (STATUS, "0004 000090 94", 0x90, 0),
    (RESET, "0004 000090 94", 0x90, 0),
    (FIND, "0008 00009F 00000000 97", 0x9F, 4),
    (FIND, "0004 000080 84", 0x80, 0),
    (SELECT, "000C 000090 0000000000000000 9C", 0x90, 8),
    (SELECT, "0004 000081 85", 0x81, 0),
    (READ, "0004 000041 45", 0x41, 0),
]


def split(found: list[Reply | Damaged | Garbled]) -> tuple[list[tuple[bytes, bytes]], int]:
    """The replies, and how many bytes were given up."""
    replies = [(each.status, bytes(each.data)) for each in found if isinstance(each, Reply)]
    return replies, sum(len(each.raw) for each in found if isinstance(each, Garbled))


@pytest.mark.parametrize(("command", "golden"), REQUESTS)
def test_golden_requests(command: commands.Command, golden: str) -> None:
    assert command.to_bytes() == whole(golden)


@pytest.mark.parametrize(("command", "golden", "code", "length"), REPLIES)
def test_golden_replies(command: commands.Command, golden: str, code: int, length: int) -> None:
    (reply,) = Deframer().feed(whole(golden))
    assert isinstance(reply, Reply)
    assert (reply.code, len(reply.data)) == (code, length)
    assert command.answered_by(reply)


def test_golden_text_and_photo() -> None:
    content = bytes.fromhex("01000400") + CARDS["resident"].text() + bytes(range(256)) * 4
    body = bytes.fromhex("0508000090") + content
    raw = PREAMBLE + body + bytes((reduce(xor, body),))
    assert len(raw) == 1295
    (reply,) = Deframer().feed(raw)
    assert isinstance(reply, Reply)
    assert READ.answered_by(reply)
    text = commands.text_block(reply.data)
    assert text is not None and bytes(text) == CARDS["resident"].text()


@pytest.mark.parametrize(("command", "golden"), REQUESTS)
def test_the_virtual_module_takes_golden_requests(command: commands.Command, golden: str) -> None:
    module = VirtualModule()
    (answer,) = module.feed(whole(golden))
    assert answer.command != "unknown"
    (reply,) = Deframer().feed(answer.raw)
    assert isinstance(reply, Reply)
    assert command.answered_by(reply)


def test_the_virtual_module_gives_golden_replies() -> None:
    module = VirtualModule()

    def said(request: str) -> bytes:
        (answer,) = module.feed(whole(request))
        return answer.raw

    assert said("0003 11FF ED") == whole("0004 000090 94")
    assert said("0003 2001 22") == whole("0004 000080 84")
    assert said("0003 2002 21") == whole("0004 000081 85")
    assert said("0003 3001 32") == whole("0004 000041 45")
    module.lay(CARDS["resident"])
    assert said("0003 2001 22") == whole("0008 00009F 00000000 97")
    assert said("0003 2002 21") == whole("000C 000090 0000000000000000 9C")
    assert len(said("0003 3001 32")) == 1295
    assert said("0003 3001 33") == whole("0004 000010 14")


def test_no_two_commands_have_the_same_good_answer_but_status_and_reset() -> None:
    for command in COMMANDS:
        reply = Reply(bytes((0, 0, command.success)), bytearray(command.data_length))
        takers = [other.name for other in COMMANDS if other.answered_by(reply)]
        expected = ["status", "reset"] if command in (STATUS, RESET) else [command.name]
        assert takers == expected


def test_the_module_id_as_it_is_printed() -> None:
    raw = bytes.fromhex("0500 0300 E5273501 4E61BC00 B168DE3A".replace(" ", ""))
    assert commands.module_id(raw) == "05.03-20260837-0012345678-0987654321"
    with pytest.raises(ValueError, match="15 bytes"):
        commands.module_id(raw[:15])


def test_a_request_out_of_bounds_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="2 bytes"):
        request(b"\x11")
    with pytest.raises(ValueError, match="at most 64"):
        request(b"\x11\xff", bytes(65))


def test_data_shows_nowhere() -> None:
    reply = Reply(b"\0\0\x90", bytearray("样张".encode("utf-16-le")))
    assert "7" not in repr(reply) and "样" not in repr(reply)
    assert str(reply) == "status 000090, 4 data bytes"
    reply.wipe()
    assert reply.data == bytes(4)
    (garbled,) = [each for each in Deframer().feed(b"secret") if isinstance(each, Garbled)]
    assert garbled.raw == bytes(6)


replies = st.tuples(st.integers(0, 255), st.binary(max_size=64))


@given(
    frames=st.lists(replies, max_size=4),
    noise=st.lists(st.binary(max_size=9), min_size=5, max_size=5),
    cuts=st.lists(st.integers(0, 400)),
)
def test_any_chunking_and_noise_between(
    frames: list[tuple[int, bytes]], noise: list[bytes], cuts: list[int]
) -> None:
    # 96 left out: noise then holds no whole preamble, so nothing but the replies may be found.
    noise = [piece.replace(b"\x96", b"") for piece in noise]
    stream = noise[0]
    for (code, data), after in zip(frames, noise[1:], strict=False):
        stream += virtual_wire.answer(code, data) + after
    deframer = Deframer()
    found: list[Reply | Damaged | Garbled] = []
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    for at, end in pairwise(edges):
        found += deframer.feed(stream[at:end])
    got, given_up = split(found)
    assert got == [(bytes((0, 0, code)), data) for code, data in frames]
    size = sum(len(virtual_wire.answer(*frame)) for frame in frames)
    assert len(stream) - size - 4 <= given_up <= len(stream) - size


@given(st.binary(max_size=3000))
def test_whatever_comes_harms_nothing(data: bytes) -> None:
    found = Deframer().feed(data.replace(b"\0", PREAMBLE))
    assert all(isinstance(each, Reply | Damaged | Garbled) for each in found)


@pytest.mark.parametrize(
    "noise",
    [
        PREAMBLE,
        PREAMBLE + b"\x00\x03",
        PREAMBLE + (LONGEST + 1).to_bytes(2, "big"),
        PREAMBLE + b"\x00\x05\x11",
        PREAMBLE + b"\x00\x10",
        b"\xaa\xaa\xaa\xaa",
        b"\xaa\xaa\xaa\x96",
        whole("0004 000090 95"),
    ],
)
def test_a_false_start_hides_no_reply(noise: bytes) -> None:
    good = whole("0008 00009F 00000000 97")
    got, _ = split(Deframer().feed(noise + good * 2))
    assert got == [(b"\0\0\x9f", bytes(4))] * 2


def test_a_false_start_holds_back_no_more_than_the_longest_reply() -> None:
    deframer = Deframer()
    stream = PREAMBLE + LONGEST.to_bytes(2, "big") + whole("0004 000090 94") * 200
    got, _ = split(deframer.feed(stream[: LONGEST + 20]))
    assert len(got) > 100


def test_a_damaged_reply_is_told_at_once() -> None:
    found = Deframer().feed(whole("0004 000090 95"))
    assert Damaged(11) in found


def test_nothing_is_left_in_the_buffer() -> None:
    deframer = Deframer()
    raw = virtual_wire.answer(0x90, b"\x01\x00\x04\x00" + CARDS["resident"].text() + bytes(1024))
    deframer.feed(b"noise" + raw + raw[:500])
    assert any(deframer._buffer)
    deframer.feed(raw[500:])
    assert not any(deframer._buffer)
    deframer.feed(raw[:900])
    deframer.wipe()
    assert not any(deframer._buffer)
