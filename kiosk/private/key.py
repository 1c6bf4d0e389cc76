"""The key of the encrypted store: 256 random bits, from systemd or from a file.

One key serves the kiosk and the sync process; it is made once, by whichever comes first.
"""

import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.private.errors import KeyTrouble

CREDENTIAL = "mingtang-key"
"""Name of the credential (systemd.exec(5), LoadCredentialEncrypted=)."""
CREDENTIALS_FOLDER = "CREDENTIALS_DIRECTORY"
KEY_BYTES = 32
_TEXT = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class StoreKey:
    """The key; it prints as nothing."""

    value: bytes = field(repr=False)

    @property
    def mark(self) -> str:
        """Tells this key from another one; says nothing about it."""
        derive = HKDF(algorithm=SHA256(), length=16, salt=None, info=b"mingtang key mark")
        return derive.derive(self.value).hex()


def store_key(
    path: Path, *, may_make: bool, environment: Mapping[str, str] = os.environ
) -> StoreKey:
    """Read the key: systemd's credential if there is one, else the file at `path`.

    A file that is missing is made if `may_make`: only where no database waits for its own key.
    Raises KeyTrouble, which names the remedy.
    """
    folder = environment.get(CREDENTIALS_FOLDER)
    given = _read(Path(folder) / CREDENTIAL, guarded=False) if folder else None
    found = given or _read(path)
    if found is None:
        if not may_make:
            raise KeyTrouble(
                f"{path}: the key is missing, and private.db was made with it: put the key back, "
                "or move private.db and the folder staged away and give up what they hold"
            )
        _make(path)
        found = _read(path)
    if found is None:
        raise KeyTrouble(f"{path}: the key was taken away as soon as it was made")
    return found


def _read(path: Path, *, guarded: bool = True) -> StoreKey | None:
    """Read a key; None: there is no such file."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_LONGEST)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise KeyTrouble(f"{path}: the key cannot be read: {problem.strerror}") from None
    if guarded and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise KeyTrouble(f"{path}: others may read or change the key: chmod 600, or 640 for root's")
    found = _TEXT.fullmatch(text)
    if found is None:
        raise KeyTrouble(f"{path}: this is no key: 64 hexadecimal digits are expected")
    return StoreKey(bytes.fromhex(found.group(1).decode("ascii")))


def _make(path: Path) -> None:
    """Make the key whole or not at all; where two processes come at once, the first one's stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(made, "wb") as file:
                file.write(secrets.token_hex(KEY_BYTES).encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
            # A link fails where the name is taken; a rename would put another key in its place.
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as problem:
        raise KeyTrouble(
            f"{path}: the key cannot be made: {problem.strerror}; make the folder writable for "
            "the first start, or name another file as key in [private]"
        ) from None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
