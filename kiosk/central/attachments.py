"""附件: which files a record names as its attachments, and whether such names can be taken (pure).

A record may carry ``"attachments": [{"name": "招标文件.pdf", "file": "files/招标文件.pdf"}]``; a
release of the Open Contracting standard names them as documents whose ``url`` is a relative path.
A path is relative to the folder of the file that is imported. What a record names by an address
on the web, as the national portal does, is not fetched and is no attachment here.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from kiosk.central.fields import RefusedRecord, required_text, text_field
from kiosk.central.secrecy import secrecy_of

MAX_ATTACHMENTS = 50
MAX_NAME = 255
"""Characters."""
MAX_PATH = 1000

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, marks that turn the direction of writing, halves of characters."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]|www\.|[^/]*\.[^/]*/", re.IGNORECASE)
"""How an address begins: with a scheme, a slash, or what looks like the name of a host."""
_STAGES = ("planning", "tender")
_LISTED_STAGES = ("awards", "contracts")


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a record names."""

    name: str
    """As published."""
    file: str
    """Below the folder of the imported file; slashes between its parts, none of them ``..``."""
    label: str
    """The field of the record, for messages."""


def named_files(record: Mapping[str, object]) -> tuple[NamedFile, ...]:
    """Read the attachments of a portal record or a candidate list. Raises RefusedRecord."""
    entries = record.get("attachments")
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise RefusedRecord("attachments: must be a list of name and file")
    found = []
    for number, entry in enumerate(entries):
        label = f"attachments[{number}]"
        if not isinstance(entry, Mapping):
            raise RefusedRecord(f"{label}: must hold name and file")
        if entry.get("file") is None and entry.get("url") is not None:
            continue
        name = required_text(entry, "name", label=f"{label}.name")
        file = required_text(entry, "file", label=f"{label}.file")
        found.append(_named(name, file, label, f"{label}.file"))
    return _bounded(found, "attachments")


def release_files(record: Mapping[str, object]) -> tuple[NamedFile, ...]:
    """Read the documents of a release that lie beside it. Raises RefusedRecord.

    Source: OCDS 1.1, release schema, ``Document``. Its title is the name of the attachment.
    """
    found = []
    for label, document in _documents(record):
        url = text_field(document, "url", label=f"{label}.url").strip()
        if not url or _ADDRESS.match(url) or any(letter.isspace() for letter in url):
            continue
        file = unquote(url.removeprefix("./"))
        title = text_field(document, "title", label=f"{label}.title")
        name = title if title.strip() else PurePosixPath(file).name
        found.append(_named(name, file, label, f"{label}.url"))
    return _bounded(found, "documents")


def _documents(record: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    holders: list[tuple[str, object]] = [("", record)]
    holders += [(f"{stage}.", record.get(stage)) for stage in _STAGES]
    for stage in _LISTED_STAGES:
        parts = record.get(stage)
        if isinstance(parts, list):
            holders += [(f"{stage}[{number}].", part) for number, part in enumerate(parts)]
    for prefix, holder in holders:
        documents = holder.get("documents") if isinstance(holder, Mapping) else None
        if not isinstance(documents, list):
            continue
        for number, document in enumerate(documents):
            if isinstance(document, Mapping):
                yield f"{prefix}documents[{number}]", document


def _named(name: str, file: str, label: str, file_label: str) -> NamedFile:
    if len(name) > MAX_NAME:
        raise RefusedRecord(f"{label}: its name is longer than {MAX_NAME} characters; shorten it")
    if any(unicodedata.category(letter) in _UNSEEN for letter in name):
        raise RefusedRecord(
            f"{label}: its name holds characters that cannot be seen, such as one that turns "
            "the direction of writing; write the name anew"
        )
    if name != name.strip() or "/" in name or "\\" in name:
        raise RefusedRecord(
            f"{label}: its name must hold no slash and must not begin or end with a space"
        )
    if secrecy_of({"title": name}) is not None:
        raise RefusedRecord(
            f"{label}: its name tells of a secret project; such a record must never enter "
            "this system"
        )
    parts = file.split("/")
    if len(file) > MAX_PATH or "\0" in file:
        raise RefusedRecord(f"{file_label}: is no path of a file")
    if "\\" in file or ".." in parts or not all(parts):
        raise RefusedRecord(
            f"{file_label}: must lie below the folder of the imported file; write it as "
            "files/name.pdf, without .. and without a slash before it"
        )
    return NamedFile(name, file, file_label)


def _bounded(found: list[NamedFile], label: str) -> tuple[NamedFile, ...]:
    if len(found) > MAX_ATTACHMENTS:
        raise RefusedRecord(f"{label}: more than {MAX_ATTACHMENTS} files; put them into one")
    return tuple(found)
