"""Writes a file into a BX-K card's program memory and proves it by read-back (pure).

Flash wears, so nothing is written that the card has already. A transfer that fails is always
ended, or the card would stay in transfer mode and take nothing else. No document tells how;
our reading is an empty block that says it is the last one: its CRC cannot be right, so the
card drops the new file.
"""

from typing import Protocol, TypeVar

from devices.errors import DeviceError, Garbled, Refused, Unplugged, Unverified
from devices.led.bx_k_commands import Request
from devices.led.bx_k_files import (
    BLOCK_OVERHEAD,
    BlockReply,
    FileInfoReply,
    FileReply,
    ReadFile,
    ReadFileInfo,
    StartWrite,
    WriteBlock,
)
from devices.led.bx_k_replies import WORTH_ANOTHER_ATTEMPT, Ack, Reply, meaning

BLOCK = 256
"""Bytes of a file in one block: little is lost when one has to be repeated."""
LARGEST = 1024
"""Bytes of a file: its content has to come back in one reply."""
MOST_REPEATS = 8
"""Blocks that a transfer may repeat before it is given up."""
NO_FILE, BLOCK_NUMBER = 6, 16
_RESUME = WORTH_ANOTHER_ATTEMPT | {0, BLOCK_NUMBER}

Kind = TypeVar("Kind", bound=Reply)


class Ask(Protocol):
    """Sends a request and returns the reply of the wanted kind; raises DeviceError."""

    def __call__(self, request: Request, kind: type[Kind], /) -> Kind: ...


def store(ask: Ask, name: bytes, content: bytes, *, receive_buffer: int) -> bool:
    """Make the card's file `name` be `content`; False if it is so already.

    Raises ValueError for a file that is too long, Unverified if the read-back differs,
    and any other DeviceError after the transfer has been ended.
    """
    if not 2 <= len(content) <= LARGEST:
        raise ValueError(f"file of {len(content)} bytes, at most {LARGEST} can be read back")
    if _is_stored(ask, name, content):
        return False
    try:
        ask(StartWrite(name=name, length=len(content)), Ack)
        _send(ask, name, content, min(BLOCK, receive_buffer - BLOCK_OVERHEAD))
    except Unplugged:
        raise
    except DeviceError as problem:
        _end(ask, name, problem)
        raise
    if not _is_stored(ask, name, content):
        raise Unverified(f"file {name.decode()}: what the card has is not what was written")
    return True


def _is_stored(ask: Ask, name: bytes, content: bytes) -> bool:
    try:
        info = ask(ReadFileInfo(name=name), FileInfoReply)
        if (info.size, info.crc) != (len(content), int.from_bytes(content[-2:], "little")):
            return False
        return ask(ReadFile(name=name), FileReply).content == content
    except Refused as refusal:
        if refusal.code == NO_FILE:
            return False
        raise


def _send(ask: Ask, name: bytes, content: bytes, size: int) -> None:
    at = repeats = 0
    while at < len(content):
        piece = content[at : at + size]
        block = WriteBlock(
            name=name,
            last=at + len(piece) == len(content),
            number=at // size,
            address=at,
            content=piece,
        )
        reply = ask(block, BlockReply)
        if reply.error not in _RESUME:
            raise Refused(reply.error, meaning(reply.error))
        wanted = reply.address
        if wanted != len(content) and (wanted > len(content) or wanted % size):
            raise Garbled(f"the card waits for address {wanted} of {len(content)}")
        if wanted <= at:
            repeats += 1
            if repeats > MOST_REPEATS:
                code = reply.error or BLOCK_NUMBER
                raise Refused(code, f"block at {at} not taken after {repeats} repeats")
        at = wanted


def _end(ask: Ask, name: bytes, cause: DeviceError) -> None:
    try:
        ask(WriteBlock(name=name, last=True, number=0, address=0, content=b""), BlockReply)
    except Refused:
        return
    except DeviceError as problem:
        cause.add_note(f"the card may still be in transfer mode: {problem}")
