"""The form in which staged files lie on the disk: chunks of AES-256-GCM (pure).

======================  ========================================================
bytes                   meaning
======================  ========================================================
chunk 0 … n-1           `CHUNK` bytes of the file, encrypted, and `TAG` of their tag
chunk n, the last       1 to `CHUNK` bytes (0 for an empty file), encrypted, and tag
======================  ========================================================

The key belongs to one file, so the number of a chunk serves as its nonce (NIST SP 800-38D,
section 8.2.1, deterministic). Number, length and whether it is the last are authenticated, so
that no chunk can be moved, repeated, cut off or added.
"""

import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = 512 * 1024
TAG = 16
KEY_BYTES = 32

Bytes = bytes | bytearray | memoryview

_NONCE = struct.Struct(">4xQ")
_BOUND = struct.Struct(">QI?")


class BrokenChunk(Exception):
    """A chunk is not what was written there."""


class SealedChunks:
    """Encrypts and decrypts the chunks of one file."""

    def __init__(self, key: bytes) -> None:
        """`key` has `KEY_BYTES` and is used for one file only."""
        self._cipher = AESGCM(key)

    def seal(self, number: int, plain: Bytes, *, last: bool) -> bytes:
        """Encrypt one chunk; all but the last must have `CHUNK` bytes."""
        length = memoryview(plain).nbytes
        if length > CHUNK or (length < CHUNK and not last):
            raise ValueError("a chunk of a wrong length")
        return self._cipher.encrypt(_NONCE.pack(number), plain, _BOUND.pack(number, length, last))

    def open(self, number: int, sealed: Bytes, *, last: bool) -> bytes:
        """Decrypt one chunk. Raises BrokenChunk."""
        length = memoryview(sealed).nbytes - TAG
        try:
            if length < 0:
                raise InvalidTag
            bound = _BOUND.pack(number, length, last)
            return self._cipher.decrypt(_NONCE.pack(number), sealed, bound)
        except InvalidTag:
            raise BrokenChunk(f"chunk {number} of a staged file is not what was written") from None


def sealed_size(size: int) -> int:
    """Bytes on the disk of a file of `size` bytes."""
    return size + TAG * (last_chunk(size) + 1)


def last_chunk(size: int) -> int:
    """Number of the last chunk of a file of `size` bytes."""
    return max(0, (size - 1) // CHUNK)


def chunk_place(number: int, size: int) -> tuple[int, int]:
    """Where a chunk begins on the disk, and how many bytes it has there."""
    start = number * CHUNK
    return number * (CHUNK + TAG), min(CHUNK, size - start) + TAG
