"""The centre's keys, in files that only the server's user may read; never in the database.

``signing.pem`` is the Ed25519 key in use, ``public.json`` the JWK set of it and all former ones,
``person.key`` the secret of the keyed hashes under which persons are found again. A key that is
missing is made only while nothing depends on it: a new one in its place would prove nothing that
there is, and find nobody.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import exists, select

from kiosk.central.database import CentralDatabase
from kiosk.central.schema import authorisations, changes, events, submissions
from kiosk.central.upload_writing import sync_folder
from kiosk.sync.check_in import ASSISTANCE, CHECK_IN
from kiosk.sync.contract import UnreadableDocument
from kiosk.sync.signatures import KeySet, PublicKey, public_key, read_keys, vouch

FOLDER = "keys"
"""Name of the folder in the server's data folder."""

_SIGNING, _PUBLIC, _PERSON = "signing.pem", "public.json", "person.key"
_SECRET_BYTES = 32
_KEYS_DOCUMENT = "keys:this"


class UnusableKeys(Exception):
    """A key cannot be made or read; the message names the file and the remedy, no secret."""


class UnknownKeyName(LookupError):
    """No key of the centre has this name: look at the list."""


class KeyInUse(Exception):
    """It signs now: put a new one in its place first."""


class Keyring:
    """The keys of one server, read anew each time, so that a change needs no restart.

    All methods raise UnusableKeys.
    """

    def __init__(
        self,
        data: Path,
        *,
        may_make_signing: Callable[[], bool] = lambda: False,
        may_make_person: Callable[[], bool] = lambda: False,
    ) -> None:
        """`may_make_...` say whether nothing depends yet on a key that is missing."""
        self._folder = data / FOLDER
        self._may_make_signing, self._may_make_person = may_make_signing, may_make_person

    def signing_key(self) -> Ed25519PrivateKey:
        """The key in use; its public half is listed."""
        key = self._signing_key()
        self._listed(public_key(key))
        return key

    def _signing_key(self) -> Ed25519PrivateKey:
        path = self._folder / _SIGNING
        content = self._read(
            path, self._may_make_signing, lambda: _pem(Ed25519PrivateKey.generate())
        )
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except ValueError:
            raise UnusableKeys(f"{path}: is no key; put a copy of it back") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKeys(f"{path}: is not an Ed25519 key; put a copy of it back")
        return key

    def public_keys(self) -> KeySet:
        """The key in use first, then the former ones, the newest first."""
        return self._listed(public_key(self._signing_key()))

    def _listed(self, current: PublicKey) -> KeySet:
        known = self.known_keys()
        if known.named(current.kid) is None:
            if known.keys:
                path = self._folder / _PUBLIC
                raise UnusableKeys(f"{path}: lacks the key in use; put copies of both back")
            known = KeySet(keys=(current,))
            self._write_public(known)
        named = known.named(current.kid) or current
        return KeySet(keys=(named, *(key for key in known.keys if key.kid != current.kid)))

    def known_keys(self) -> KeySet:
        """The same without looking at the secret key, for whoever only proves."""
        path = self._folder / _PUBLIC
        content = self._read(path, self._may_make_signing, lambda: b'{"keys":[]}')
        try:
            return read_keys(content)
        except UnreadableDocument:
            raise UnusableKeys(f"{path}: is damaged; put a copy of it back") from None

    def rotate(self, clock: Callable[[], datetime]) -> KeySet:
        """Make a new key and sign with it from now on; the former stay for what they signed."""
        former, key = self._signing_key(), Ed25519PrivateKey.generate()
        known = self._listed(public_key(former))
        new = public_key(key)
        new = new.model_copy(update={"vouchers": (vouch(new, former),)})
        # First the public half: a server that signs with a key must be able to name it.
        self._write_public(KeySet(keys=(*known.keys, new)))
        self._write(self._folder / _SIGNING, _pem(key))
        # Last the end of the former: whatever it signed was dated before.
        now = clock()
        ended = (
            each if each.retired_at is not None else each.model_copy(update={"retired_at": now})
            for each in known.keys
        )
        known = KeySet(keys=(new, *ended))
        self._write_public(known)
        return known

    def revoke(self, kid: str) -> KeySet:
        """Let nothing that a former key signed be proven any more.

        Raises UnknownKeyName, and KeyInUse.
        """
        known = self.public_keys()
        if known.named(kid) is None:
            raise UnknownKeyName(kid)
        if known.keys[0].kid == kid:
            raise KeyInUse(kid)
        known = KeySet(
            keys=tuple(
                each.model_copy(update={"revoked": True}) if each.kid == kid else each
                for each in known.keys
            )
        )
        self._write_public(known)
        return known

    def keyed_hash(self, purpose: str, *parts: str) -> str:
        """HMAC-SHA-256 of the parts under the server's secret, in hex."""
        path = self._folder / _PERSON
        secret = self._read(path, self._may_make_person, lambda: secrets.token_bytes(_SECRET_BYTES))
        if len(secret) != _SECRET_BYTES:
            raise UnusableKeys(f"{path}: is damaged; put a copy of it back")
        message = "\0".join((purpose, *parts)).encode()
        return hmac.new(secret, message, hashlib.sha256).hexdigest()

    def person(self, name: str, number: str) -> str:
        """Under which a person's submissions are found again."""
        return self.keyed_hash("person", "".join(name.split()).casefold(), number.upper())

    def _read(self, path: Path, may_make: Callable[[], bool], make: Callable[[], bytes]) -> bytes:
        try:
            with contextlib.suppress(FileNotFoundError):
                return path.read_bytes()
            if not may_make():
                raise UnusableKeys(
                    f"{path}: is missing, and what was handed in, published or given depends on "
                    "it; put a copy of it back"
                )
            self._write(path, make(), is_new=True)
            return path.read_bytes()
        except OSError as problem:
            raise UnusableKeys(f"{path}: cannot be read: {problem.strerror}") from None

    def _write_public(self, known: KeySet) -> None:
        text = known.model_dump_json(indent=1, exclude_none=True)
        self._write(self._folder / _PUBLIC, text.encode())

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
            sync_folder(self._folder)
        except OSError as problem:
            raise UnusableKeys(f"{path}: cannot be written: {problem.strerror}") from None


def keyring_of(database: CentralDatabase) -> Keyring:
    """The keys of a server, made where they are missing while nothing depends on them yet."""

    def nothing_signed() -> bool:
        with database.reading() as connection:
            return not any(
                connection.scalar(select(exists(rows)))
                for rows in (
                    select(submissions.c.id),
                    select(authorisations.c.id),
                    select(changes.c.id).where(changes.c.id == _KEYS_DOCUMENT),
                )
            )

    def nobody_known() -> bool:
        personal = select(events.c.id).where(events.c.type.in_((CHECK_IN, ASSISTANCE)))
        with database.reading() as connection:
            return not any(
                connection.scalar(select(exists(rows)))
                for rows in (select(submissions.c.id), personal)
            )

    return Keyring(database.folder, may_make_signing=nothing_signed, may_make_person=nobody_known)


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
