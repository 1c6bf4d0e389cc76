"""A parked item taken out of the terminal, sealed, and opened again where the store's key is.

======================  ==========================================================================
file                    content
======================  ==========================================================================
``manifest.json``       what this is, of which terminal, why it was parked; digests of the others
``content.sealed``      12 bytes of nonce, then JSON encrypted with AES-256-GCM: what was handed
                        in, the names of its files, and their keys
``file-1.sealed`` …     the staged files as they lay on the disk; see `kiosk.private.sealed_file`
======================  ==========================================================================

The key of the content is derived (HKDF, RFC 5869) from that of the encrypted store and a salt in
the manifest, so whoever has the store's key can open it and nobody else. No name and no number of
a person stands outside the sealed content.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.private.errors import DamagedFile
from kiosk.private.files import KeptFile
from kiosk.private.key import StoreKey
from kiosk.private.staged import StagedReader
from kiosk.private.transfer import Kind, Trouble

_log = logging.getLogger(__name__)

FORMAT, VERSION = "mingtang-outbox-export", 1
MANIFEST, CONTENT, OPENED = "manifest.json", "content.sealed", "content.json"
HOW_TO = "mingtang sync outbox --open FOLDER --to FOLDER opens it, with the key of this terminal"
KEY_BYTES, SALT_BYTES, NONCE_BYTES = 32, 16, 12
_LONGEST_ENDING = 9
_PIECE = 1 << 20


class NotTakenOut(Exception):
    """The folder cannot be written: free space, or name another one, and try again."""


class NotOpened(Exception):
    """The export is incomplete or changed, or was made with another key; the message says which."""


@dataclass(frozen=True, slots=True)
class ParkedItem:
    """What leaves the terminal."""

    id: str
    kind: Kind
    problem: Trouble
    content: str = field(repr=False)
    """JSON, as it was handed in."""
    files: tuple[KeptFile, ...] = field(repr=False)


def root_of(key: StoreKey) -> bytes:
    """From which the keys of exports are derived; it opens nothing else."""
    return _derived(key.value, b"", b"mingtang outbox export")


def take_out(
    item: ParkedItem, staged: Path, out: Path, root: bytes, *, terminal: str, now: datetime
) -> int:
    """Write the folder `out`, which is there whole or not at all; tell how many files are missing.

    `staged` is the folder of staged files. Raises NotTakenOut.
    """
    salt = os.urandom(SALT_BYTES)
    under_way = out.with_name(f"{out.name}.part")
    with _named(under_way):
        under_way.mkdir(parents=True, mode=0o700)
        copies, missing = [], 0
        for number, kept in enumerate(item.files, 1):
            name = f"file-{number}.sealed"
            try:
                shutil.copyfile(staged / kept.file.id, under_way / name)
            except FileNotFoundError:
                missing += 1
                continue
            copies.append((name, kept))
        told: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "how_to_open": HOW_TO,
            "terminal": terminal,
            "exported_at": now.isoformat(timespec="seconds"),
            "id": item.id,
            "kind": item.kind,
            "problem": item.problem,
            "missing_files": missing,
            "salt": salt.hex(),
            "files": {name: _described(under_way / name) for name, _ in copies},
        }
        (under_way / CONTENT).write_bytes(_sealed(item, copies, _key(root, salt), told))
        told["files"][CONTENT] = _described(under_way / CONTENT)
        text = json.dumps(told, ensure_ascii=False, indent=2)
        (under_way / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
        under_way.rename(out)
    return missing


def open_export(folder: Path, to: Path, key: StoreKey) -> list[str]:
    """Write what was handed in into the new folder `to`; tell the names of the files there.

    ``content.json`` has the names that the files had; on the disk they are numbered. Raises
    NotOpened, and OSError for a folder that cannot be read or written.
    """
    told = _manifest(folder)
    content = _unsealed(folder, told, _key(root_of(key), bytes.fromhex(told["salt"])))
    to.mkdir(parents=True, mode=0o700)
    files = content.pop("files")
    for number, each in enumerate(files, 1):
        ending = Path(each["name"]).suffix
        plain = ending[1:].isalnum() and ending.isascii() and len(ending) <= _LONGEST_ENDING
        sealed, each["opened_as"] = each.pop("sealed"), f"{number}{ending if plain else ''}"
        _write_plain(
            folder / sealed, to / each["opened_as"], bytes.fromhex(each.pop("key")), each["size"]
        )
    handed_in = content["content"]
    try:
        handed_in = json.loads(handed_in)
    except ValueError:
        # That it cannot be read may be why it was parked: it is shown as it is.
        _log.warning("what was handed in is no JSON: it is written as it was kept")
    text = json.dumps({"content": handed_in, "files": files}, ensure_ascii=False, indent=2)
    (to / OPENED).write_text(f"{text}\n", encoding="utf-8")
    return [OPENED, *(each["opened_as"] for each in files)]


def _key(root: bytes, salt: bytes) -> bytes:
    return _derived(root, salt, b"mingtang outbox export content")


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(secret)


def _sealed(
    item: ParkedItem, copies: list[tuple[str, KeptFile]], key: bytes, told: dict[str, Any]
) -> bytes:
    """`told`: the manifest so far, which is authenticated too."""
    content = {
        "content": item.content,
        "files": [
            {
                "sealed": name,
                "name": kept.file.name,
                "media_type": kept.file.media_type,
                "size": kept.file.size,
                "sha256": kept.file.sha256,
                "key": kept.key.hex(),
            }
            for name, kept in copies
        ],
    }
    nonce = os.urandom(NONCE_BYTES)
    text = json.dumps(content, ensure_ascii=False).encode()
    return nonce + AESGCM(key).encrypt(nonce, text, _bound(told))


def _bound(told: dict[str, Any]) -> bytes:
    """The manifest without the digest of the content, which it goes into."""
    files = {name: each for name, each in told["files"].items() if name != CONTENT}
    return json.dumps({**told, "files": files}, sort_keys=True).encode()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        named = {name: (each["sha256"], each["bytes"]) for name, each in told["files"].items()}
        known = (told["format"], told["version"]) == (FORMAT, VERSION)
        bytes.fromhex(told["salt"])
    except FileNotFoundError:
        raise NotOpened(f"{folder}: there is no {MANIFEST}: is it an export?") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotOpened(f"{folder / MANIFEST}: cannot be read") from None
    if not known:
        raise NotOpened(f"{folder / MANIFEST}: is not of a kind that this program knows")
    for name, expected in named.items():
        path = folder / name
        if path.parent != folder or not path.is_file():
            raise NotOpened(f"{path}: is missing")
        found = _described(path)
        if (found["sha256"], found["bytes"]) != expected:
            raise NotOpened(f"{path}: is not what was exported")
    return dict(told)


def _unsealed(folder: Path, told: dict[str, Any], key: bytes) -> dict[str, Any]:
    sealed = (folder / CONTENT).read_bytes()
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return dict(json.loads(AESGCM(key).decrypt(nonce, rest, _bound(told))))
    except InvalidTag:
        raise NotOpened(
            f"{folder}: was exported by a terminal with another key, or {MANIFEST} was changed"
        ) from None


def _write_plain(sealed: Path, to: Path, key: bytes, size: int) -> None:
    try:
        with StagedReader(sealed, key, size) as reader, to.open("xb") as file:
            while piece := reader.read(_PIECE):
                file.write(piece)
    except DamagedFile as problem:
        raise NotOpened(f"{sealed.name}: {problem}") from None


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "bytes": path.stat().st_size}


@contextmanager
def _named(under_way: Path) -> Iterator[None]:
    """What was begun is removed when something fails."""
    try:
        yield
    except OSError as problem:
        shutil.rmtree(under_way, ignore_errors=True)
        raise NotTakenOut(f"{under_way.parent}: {problem.strerror}") from None
