"""Who a draft or a receipt belongs to, known only while that person's card is there.

A number of an identity card can be guessed, so what is derived from it is made slow to derive:
scrypt first (RFC 7914), once a visit, then HKDF (RFC 5869) for the two things needed. Both are
keyed by a secret of the store.
"""

import json
import os
import unicodedata
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kiosk.private.errors import Damaged

NONCE_BYTES = 12
"""NIST SP 800-38D, section 8.2; random, for few messages under one key."""


@dataclass(frozen=True, slots=True)
class Identity:
    """来访人, as read from the card: name and number, nothing else."""

    name: str = field(repr=False)
    number: str = field(repr=False)

    @property
    def canonical(self) -> bytes:
        """One spelling of the same person: both parts after NFKC, an X as a capital."""
        name, number = (
            unicodedata.normalize("NFKC", part).strip() for part in (self.name, self.number)
        )
        return json.dumps([name, number.upper()], ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Owner:
    """What is derived from an identity: a mark to find rows by, and a key to read them."""

    mark: bytes
    key: bytes = field(repr=False)

    def seal(self, content: bytes, place: str) -> bytes:
        """Encrypt (AES-256-GCM); `place` says where it stands, so that it fits nowhere else."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what `seal` made. Raises Damaged."""
        try:
            return AESGCM(self.key).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()
            )
        except (InvalidTag, ValueError):
            raise Damaged("a sealed entry is not what was written; it is left out") from None


def owner_of(identity: Identity, secret: bytes) -> Owner:
    """Derive the owner; takes some 50 ms and 16 MB on purpose."""
    stretched = Scrypt(salt=secret, length=32, n=2**14, r=8, p=1).derive(identity.canonical)

    def part(info: bytes) -> bytes:
        return HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(stretched)

    return Owner(mark=part(b"mingtang owner mark"), key=part(b"mingtang owner key"))
