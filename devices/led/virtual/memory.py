"""The card's program memory: files written block by block (pure).

Written from the vendor document "BX-K protocol" v1.4. Not documented, and so the virtual
card's own: the numbers of replies, that a transfer ends when a block says it is the last, and
that a file whose length or CRC is wrong is dropped then.
"""

from dataclasses import dataclass

from devices.led.virtual.areas import NO_MEMORY, WRONG_TYPE, Refusal
from devices.led.virtual.wire import checksum

PROGRAM = b"P000"
MOST_FILES = 32
CAPACITY = 65536
"""Bytes of all files."""
NO_FILE, BAD_NAME, BAD_FILE_CRC, EXISTS, BAD_BLOCK = 6, 9, 11, 15, 16


@dataclass(slots=True)
class _Transfer:
    name: bytes
    length: int
    content: bytearray


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What the card tells about a block."""

    code: int
    address: int
    finished: bool = False


class Memory:
    """Flash: outlives `reboot`; `files` is what is worth keeping in a file of the computer."""

    def __init__(self, files: dict[bytes, bytes] | None = None) -> None:
        self.files: dict[bytes, bytes] = dict(files or {})
        self.full = False
        """A fault: no room for anything."""
        self.writes = 0
        """Files finished since the start: each one wears the flash."""
        self._transfer: _Transfer | None = None
        self._finished: tuple[bytes, int] | None = None

    @property
    def in_transfer(self) -> bool:
        return self._transfer is not None

    def forget_transfer(self) -> None:
        """As a loss of power does."""
        self._transfer = self._finished = None

    def start(self, payload: bytes) -> str:
        """A1 05. Returns what to log; raises Refusal."""
        if len(payload) != 9 or payload[0] > 1:
            raise Refusal(WRONG_TYPE, f"start of {len(payload)} bytes", "start write")
        name, length = payload[1:5], int.from_bytes(payload[5:9], "little")
        if not (name[:1] == b"P" and name[1:].isdigit()):
            raise Refusal(BAD_NAME, f"name {name.hex()}", "start write")
        if name in self.files and not payload[0]:
            raise Refusal(EXISTS, "exists, overwriting not asked", "start write")
        others = sum(len(content) for key, content in self.files.items() if key != name)
        crowded = len(self.files.keys() | {name}) > MOST_FILES or others + length > CAPACITY
        if self.full or crowded:
            raise Refusal(NO_MEMORY, "the program memory is full", "start write")
        self._transfer = _Transfer(name, length, bytearray())
        self._finished = None
        return name.decode()

    def block(self, payload: bytes) -> BlockResult:
        """A1 06. Raises Refusal for what is no block at all."""
        if len(payload) < 13:
            raise Refusal(WRONG_TYPE, f"block of {len(payload)} bytes", "write block")
        name, last = payload[0:4], payload[4] == 1
        announced = int.from_bytes(payload[7:9], "little")
        address = int.from_bytes(payload[9:13], "little")
        content = payload[13:]
        if announced != len(content):
            raise Refusal(WRONG_TYPE, f"{announced} bytes announced", "write block")
        transfer = self._transfer
        if transfer is None or transfer.name != name:
            # The answer to a last block may have been lost; the block then comes again.
            if content and self._finished == (name, address + len(content)):
                return BlockResult(0, address + len(content))
            raise Refusal(BAD_BLOCK, "no transfer is open", "write block")
        if last and not content:
            self._transfer = None
            return BlockResult(BAD_FILE_CRC, address)
        waited = len(transfer.content)
        if address != waited or waited + len(content) > transfer.length:
            return BlockResult(BAD_BLOCK, waited)
        transfer.content += content
        if not last:
            return BlockResult(0, len(transfer.content))
        self._transfer = None
        if not _is_whole(bytes(transfer.content), transfer.length):
            return BlockResult(BAD_FILE_CRC, address)
        self.files[name] = bytes(transfer.content)
        self.writes += 1
        self._finished = (name, transfer.length)
        return BlockResult(0, transfer.length, finished=True)

    def info(self, payload: bytes) -> bytes:
        """A1 0A: size u32 and CRC u16, low byte first. Raises Refusal."""
        content = self._find(payload, "file size and CRC")
        return len(content).to_bytes(4, "little") + content[-2:]

    def content(self, payload: bytes) -> bytes:
        """A1 0B. Raises Refusal."""
        return self._find(payload, "file content")

    def delete(self, payload: bytes) -> None:
        """A1 01: a number of files and their names; none means all. Raises Refusal."""
        names = [payload[at : at + 4] for at in range(1, len(payload), 4)]
        if not payload or payload[0] != len(names) or any(len(name) != 4 for name in names):
            raise Refusal(WRONG_TYPE, "list of files", "delete programs")
        for name in names:
            self._find(name, "delete programs")
        for name in names or list(self.files):
            del self.files[name]

    def _find(self, name: bytes, command: str) -> bytes:
        found = self.files.get(name)
        if found is None:
            raise Refusal(NO_FILE, f"no file {name.hex()}", command)
        return found


def _is_whole(content: bytes, length: int) -> bool:
    if len(content) != length or length < 2:
        return False
    crc = checksum(content[:-2])
    return content[-2:] == bytes((crc & 0xFF, crc >> 8))
