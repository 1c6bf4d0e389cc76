"""The centre's keys, in files that only the server's user may read; never in the database.

``signing.pem`` is the Ed25519 key in use, ``public.json`` the JWK set of it and all former ones,
``person.key`` the secret of the keyed hashes under which persons are found again.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.sync.contract import UnreadableDocument
from kiosk.sync.signatures import KeySet, public_key, read_keys

FOLDER = "keys"
"""Name of the folder in the server's data folder."""

_SIGNING, _PUBLIC, _PERSON = "signing.pem", "public.json", "person.key"
_SECRET_BYTES = 32


class UnusableKeys(Exception):
    """A key cannot be made or read; the message names the file and the remedy, no secret."""


class Keyring:
    """The keys of one server, made where they are missing; several processes may do so at once.

    All methods raise UnusableKeys.
    """

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def signing_key(self) -> Ed25519PrivateKey:
        """The key in use, read anew, so that a rotation needs no restart."""
        path = self._folder / _SIGNING
        content = self._made(path, lambda: _pem(Ed25519PrivateKey.generate()))
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except ValueError:
            raise UnusableKeys(f"{path}: is no key; put a copy of it back") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKeys(f"{path}: is not an Ed25519 key; put a copy of it back")
        return key

    def public_keys(self) -> KeySet:
        """The key in use first, then the former ones, the newest first."""
        current = public_key(self.signing_key())
        known = self._known()
        if known.named(current.kid) is None:
            known = KeySet(keys=(current, *known.keys))
            self._write(self._folder / _PUBLIC, known.model_dump_json(indent=1).encode())
        former = tuple(key for key in known.keys if key.kid != current.kid)
        return KeySet(keys=(current, *former))

    def rotate(self) -> KeySet:
        """Make a new key and sign with it from now on; the former stay for what they signed."""
        known, key = self.public_keys(), Ed25519PrivateKey.generate()
        # First the public half: a server that signs with a key must be able to name it.
        known = KeySet(keys=(public_key(key), *known.keys))
        self._write(self._folder / _PUBLIC, known.model_dump_json(indent=1).encode())
        self._write(self._folder / _SIGNING, _pem(key))
        return known

    def keyed_hash(self, purpose: str, *parts: str) -> str:
        """HMAC-SHA-256 of the parts under the server's secret, in hex."""
        path = self._folder / _PERSON
        secret = self._made(path, lambda: secrets.token_bytes(_SECRET_BYTES))
        if len(secret) != _SECRET_BYTES:
            raise UnusableKeys(f"{path}: is damaged; put a copy of it back")
        message = "\0".join((purpose, *parts)).encode()
        return hmac.new(secret, message, hashlib.sha256).hexdigest()

    def person(self, name: str, number: str) -> str:
        """Under which a person's submissions are found again."""
        return self.keyed_hash("person", "".join(name.split()).casefold(), number.upper())

    def _known(self) -> KeySet:
        path = self._folder / _PUBLIC
        try:
            return read_keys(path.read_bytes())
        except FileNotFoundError:
            return KeySet(keys=())
        except UnreadableDocument:
            raise UnusableKeys(f"{path}: is damaged; put a copy of it back") from None
        except OSError as problem:
            raise UnusableKeys(f"{path}: cannot be read: {problem.strerror}") from None

    def _made(self, path: Path, make: Callable[[], bytes]) -> bytes:
        try:
            if not path.exists():
                self._write(path, make(), is_new=True)
            return path.read_bytes()
        except OSError as problem:
            raise UnusableKeys(f"{path}: cannot be read: {problem.strerror}") from None

    def _write(self, path: Path, content: bytes, *, is_new: bool = False) -> None:
        """Put a whole file under its name; of two new ones, the first stays."""
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.ExitStack() as stack:
                stack.callback(draft.unlink, missing_ok=True)
                line = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(line, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                if is_new:
                    with contextlib.suppress(FileExistsError):
                        os.link(draft, path)
                else:
                    draft.replace(path)
            _sync_folder(self._folder)
        except OSError as problem:
            raise UnusableKeys(f"{path}: cannot be written: {problem.strerror}") from None


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _sync_folder(folder: Path) -> None:
    line = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(line)
    finally:
        os.close(line)
