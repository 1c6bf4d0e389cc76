"""The neutral page: file layout, transfer with resume, read-back, and what the card does."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DeviceError, Garbled, NoReply, Refused, Unplugged, Unverified
from devices.led import bx_k_transfer
from devices.led.bx_k_areas import Area, DynamicAreas, Mode, RunMode
from devices.led.bx_k_commands import Malformed, Request
from devices.led.bx_k_files import (
    BlockReply,
    ProgramFile,
    ReadFileInfo,
    StartWrite,
    WriteBlock,
)
from devices.led.bx_k_frames import Frame
from devices.led.bx_k_parsing import parse_reply, parse_request
from devices.led.bx_k_replies import Nack, Reply
from devices.led.virtual.card import VirtualBoard
from tests.devices.conftest import vectors

NAME = b"P000"


def golden(command: str) -> bytes:
    (hex_text,) = (
        v["hex"] for v in vectors("BX-K") if (v["group"], v["command"]) == ("A1", command)
    )
    return Frame.from_bytes(bytes.fromhex(hex_text)).data


EXAMPLE = ProgramFile(
    areas=(
        Area(
            id=0xFF,
            x=0,
            y=0,
            width=128,
            height=32,
            text="欢迎光临Onbon".encode("gbk"),
            mode=Mode.FAST,
            speed=10,
            stay=10,
            single_line=False,
            wrap=True,
        ),
    )
)


def test_the_documented_program_file_is_built_byte_for_byte() -> None:
    content = EXAMPLE.to_bytes()
    assert StartWrite(name=NAME, length=len(content)).to_bytes() == golden("05")
    block = WriteBlock(name=NAME, last=True, number=0, address=0, content=content)
    assert block.to_bytes() == golden("06")
    assert ProgramFile.from_bytes(content) == EXAMPLE


def test_the_virtual_card_takes_the_documented_frames_and_shows_them() -> None:
    card = VirtualBoard(128, 32)
    for vector in vectors("BX-K"):
        if vector["group"] == "A1":
            card.feed(bytes.fromhex(vector["hex"]), 0.0)
    assert card.memory.files == {NAME: EXAMPLE.to_bytes()}
    assert any(card.pixels(1.0))


@given(st.integers(0, 70), st.integers(1, 255))
def test_a_damaged_file_is_refused(at: int, change: int) -> None:
    content = bytearray(EXAMPLE.to_bytes())
    content[at] ^= change
    with pytest.raises(Malformed):
        ProgramFile.from_bytes(bytes(content))


def test_a_program_needs_areas_and_a_name() -> None:
    with pytest.raises(Malformed, match="areas"):
        ProgramFile(areas=())
    with pytest.raises(Malformed, match="name"):
        ProgramFile(areas=EXAMPLE.areas, name=b"P0")


class Wire:
    """Asks a virtual card directly; `change` may alter or replace what it answers."""

    def __init__(self) -> None:
        self.card = VirtualBoard(128, 32)
        self.asked: list[Request] = []
        self.change: Callable[[Request, Reply], Reply] = lambda request, reply: reply

    def __call__(self, request: Request, kind: type[Reply]) -> Reply:
        self.asked.append(request)
        (raw,) = self.card.feed(Frame(data=request.to_bytes()).to_bytes(), 0.0)
        reply = self.change(request, parse_reply(Frame.from_bytes(raw).data))
        if isinstance(reply, Nack):
            raise Refused(reply.error, reply.meaning)
        assert isinstance(reply, kind)
        return reply

    def store(self, content: bytes, receive_buffer: int = 1024) -> bool:
        return bx_k_transfer.store(self, NAME, content, receive_buffer=receive_buffer)

    @property
    def blocks(self) -> list[int]:
        return [request.address for request in self.asked if isinstance(request, WriteBlock)]


CONTENT = EXAMPLE.to_bytes()
SMALL = 18 + 16
"""A receive buffer that holds 16 bytes of a file."""


def test_flash_is_written_only_when_it_differs() -> None:
    wire = Wire()
    assert wire.store(CONTENT) and wire.card.memory.files[NAME] == CONTENT
    asked = len(wire.asked)
    assert not wire.store(CONTENT)
    assert wire.card.memory.writes == 1
    assert [type(request).__name__ for request in wire.asked[asked:]] == [
        "ReadFileInfo",
        "ReadFile",
    ]


def test_a_file_that_has_the_same_crc_but_other_bytes_is_written() -> None:
    wire = Wire()
    wire.card.memory.files[NAME] = bytes(len(CONTENT) - 2) + CONTENT[-2:]
    assert wire.store(CONTENT)
    assert wire.card.memory.files[NAME] == CONTENT


@pytest.mark.parametrize("failing", [0, 16, 32, 64])
def test_a_failed_block_is_sent_again_from_the_address_that_the_card_tells(failing: int) -> None:
    wire, left = Wire(), [2]

    def change(request: Request, reply: Reply) -> Reply:
        if isinstance(request, WriteBlock) and request.address == failing and left[0]:
            left[0] -= 1
            return BlockReply(address=failing)
        return reply

    wire.change = change
    assert wire.store(CONTENT, SMALL)
    assert wire.card.memory.files[NAME] == CONTENT
    assert wire.blocks.count(failing) == 3


def test_the_card_decides_where_to_go_on() -> None:
    wire, skipped = Wire(), []

    def change(request: Request, reply: Reply) -> Reply:
        if isinstance(request, WriteBlock) and request.address == 32 and not skipped:
            skipped.append(1)
            return BlockReply(address=16, error=16)
        return reply

    wire.change = change
    assert wire.store(CONTENT, SMALL)
    assert wire.blocks[:5] == [0, 16, 32, 16, 48]


def test_a_block_that_is_never_taken_ends_the_transfer() -> None:
    wire = Wire()
    wire.change = lambda request, reply: (
        BlockReply(address=16, error=8)
        if isinstance(request, WriteBlock) and request.address == 16 and request.content
        else reply
    )
    with pytest.raises(Refused, match="download"):
        wire.store(CONTENT, SMALL)
    assert not wire.card.memory.in_transfer and NAME not in wire.card.memory.files
    wire.change = lambda request, reply: (
        BlockReply(address=request.address)
        if isinstance(request, WriteBlock) and request.content
        else reply
    )
    with pytest.raises(Refused, match="not taken after"):
        wire.store(CONTENT, SMALL)
    assert not wire.card.memory.in_transfer
    wire.change = lambda request, reply: reply
    assert wire.store(CONTENT, SMALL)


@pytest.mark.parametrize("address", [5, 1000])
def test_an_address_that_makes_no_sense_ends_the_transfer(address: int) -> None:
    wire = Wire()
    wire.change = lambda request, reply: (
        BlockReply(address=address)
        if isinstance(request, WriteBlock) and request.content
        else reply
    )
    with pytest.raises(Garbled, match="waits for address"):
        wire.store(CONTENT, SMALL)
    assert not wire.card.memory.in_transfer


@pytest.mark.parametrize(("problem", "ended"), [(NoReply("silence"), True), (Unplugged(), False)])
def test_a_transfer_is_ended_unless_the_line_is_gone(problem: DeviceError, ended: bool) -> None:
    wire = Wire()

    def change(request: Request, reply: Reply) -> Reply:
        if isinstance(request, WriteBlock) and request.address == 16:
            raise problem
        return reply

    wire.change = change
    with pytest.raises(type(problem)):
        wire.store(CONTENT, SMALL)
    assert wire.card.memory.in_transfer is not ended


def test_a_card_that_stays_silent_is_told_of() -> None:
    wire = Wire()

    def change(request: Request, reply: Reply) -> Reply:
        if isinstance(request, WriteBlock):
            raise NoReply("silence")
        return reply

    wire.change = change
    with pytest.raises(NoReply) as told:
        wire.store(CONTENT, SMALL)
    assert "transfer mode" in told.value.__notes__[0]


def test_what_reads_back_otherwise_is_not_done() -> None:
    wire = Wire()

    def change(request: Request, reply: Reply) -> Reply:
        if isinstance(request, ReadFileInfo) and not isinstance(reply, Nack):
            return type(reply)(size=reply.size, crc=reply.crc ^ 1)
        return reply

    wire.change = change
    with pytest.raises(Unverified, match="P000"):
        wire.store(CONTENT)


def test_a_full_flash_is_refused_and_told() -> None:
    wire = Wire()
    wire.card.memory.full = True
    with pytest.raises(Refused, match="memory") as refusal:
        wire.store(CONTENT)
    assert refusal.value.code == 4 and not wire.card.memory.in_transfer


def test_a_lost_answer_to_the_last_block_is_no_failure() -> None:
    wire = Wire()
    last = WriteBlock(name=NAME, last=True, number=0, address=0, content=CONTENT)
    wire(StartWrite(name=NAME, length=len(CONTENT)), Reply)
    first, again = (wire(last, BlockReply) for _ in "12")
    assert first == again and first.address == len(CONTENT)
    assert wire.card.memory.writes == 1


def test_a_file_too_long_to_be_read_back_is_refused_unsent() -> None:
    wire = Wire()
    with pytest.raises(ValueError, match="1025"):
        wire.store(bytes(1025))
    assert wire.asked == []


def test_the_neutral_page_lies_under_everything_else() -> None:
    wire = Wire()
    wire.store(CONTENT)
    card = wire.card
    neutral = card.pixels(0.0)
    assert any(neutral)
    card.reboot(5.0)
    assert card.pixels(5.0) == neutral
    area = Area(
        id=0,
        x=0,
        y=0,
        width=128,
        height=16,
        text=b"x",
        run_mode=RunMode.DELETE_AT_TIMEOUT,
        timeout_s=7,
    )
    card.feed(Frame(data=DynamicAreas(areas=(area,)).to_bytes()).to_bytes(), 10.0)
    assert card.pixels(16.9) != neutral and card.pixels(17.0) == neutral
    assert isinstance(parse_request(golden("06")), WriteBlock)
