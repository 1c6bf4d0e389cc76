"""Parts and relations of documents of Office since 2007, and the parts OFD cannot do without.

ECMA-376 part 2, 9.1.2 (content types) and 9.3 (relationships); GB/T 33190 7.1 (OFD). Reads hostile
bytes: runs in the child.
"""

import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote
from xml.parsers import expat

from kiosk.examination.holding import Wrong, told
from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Verdict

MAX_XML = 4_000_000
"""Bytes of a list of types or of relations; a presentation of 500 pages has 100,000."""
_MAIN = (
    # Word on the web numbers it: document2.xml.
    (re.compile(r"word/document\d{0,3}\.xml"), Kind.DOCX, "document"),
    (re.compile(r"xl/workbook\d{0,3}\.xml"), Kind.XLSX, "workbook"),
    (re.compile(r"ppt/presentation\d{0,3}\.xml"), Kind.PPTX, "presentation"),
    # Nobody hands it in, yet Word keeps drawings in it.
    (re.compile(r"visio/document\d{0,3}\.xml"), Kind.VSDX, "VisioDocument"),
)
_OFD, _TYPES = "OFD.xml", "[Content_Types].xml"
_ROOT_BYTES = 65_536
_PROGRAM_TYPE = re.compile(r"vbaproject|vbadata|macroenabled|macrosheet|activex", re.IGNORECASE)
_LOADED_AT_ONCE = frozenset({"attachedtemplate", "oleobject", "frame", "subdocument"})
"""Relations to something elsewhere that is loaded without being asked for."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:")
_DRIVE = re.compile(r"/*[a-z]:")
_HERE = 3
"""Slashes before a path on this computer in an address with `file:`; RFC 8089, E.3 has four and
five for one on another."""


@dataclass(frozen=True, slots=True)
class Main:
    """The part of a document that leads to its others."""

    kind: Kind
    """Of the document."""
    path: str
    root: str
    """Name of its outermost element, without a prefix."""


def main_part(names: Collection[str]) -> Main | None:
    """The main part of a document with parts of these names; None where it is no document."""
    if _OFD in names:
        return Main(Kind.OFD, _OFD, "OFD")
    if _TYPES not in names:
        return None
    for path, kind, root in _MAIN:
        found = next(filter(path.fullmatch, names), None)
        if found is not None:
            return Main(kind, found, root)
    return None


def check_document(archive: zipfile.ZipFile, main: Main) -> None:
    """The parts without which no program opens it. Raises Wrong, here and below."""
    needed = {main.path: main.root}
    if main.kind is not Kind.OFD:
        needed[_TYPES] = "Types"
    for part, expected in needed.items():
        with archive.open(part) as stream:
            elements = _elements(stream.read(_ROOT_BYTES), whole=False)
        if not elements or elements[0][0] != expected:
            raise Wrong(Verdict.DAMAGED, kind=main.kind)
    if main.kind is not Kind.OFD:
        _check_types(archive, main.kind)


def check_relations(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: Kind) -> None:
    """What one of its parts is made of besides."""
    for _, attributes in _listed(archive, entry, kind):
        relation = attributes.get("Type", "").rpartition("/")[2].lower()
        if _PROGRAM_TYPE.search(relation):
            raise Wrong(Verdict.MACROS, kind=kind)
        target = attributes.get("Target", "").strip()
        if (
            attributes.get("TargetMode", "").lower() == "external"
            and relation in _LOADED_AT_ONCE
            and _is_remote(target)
        ):
            raise Wrong(Verdict.LOADS_OTHERS, kind=kind, name=told(target))


def _is_remote(target: str) -> bool:
    """Whether it lies elsewhere than on the computer where the document is opened."""
    place = unquote(target).replace("\\", "/").lower()
    if not place.startswith("file:"):
        return place.startswith("//") or _SCHEME.match(place) is not None
    place = place.removeprefix("file:")
    slashes = len(place) - len(place.lstrip("/"))
    return slashes > _HERE or (slashes == 2 and not _DRIVE.match(place))


def _check_types(archive: zipfile.ZipFile, kind: Kind) -> None:
    for _, attributes in _listed(archive, archive.getinfo(_TYPES), kind):
        if _PROGRAM_TYPE.search(attributes.get("ContentType", "")):
            raise Wrong(Verdict.MACROS, kind=kind)


def _listed(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: Kind
) -> list[tuple[str, dict[str, str]]]:
    if entry.file_size > MAX_XML:
        raise Wrong(Verdict.NOT_EXAMINABLE)
    with archive.open(entry) as stream:
        elements = _elements(stream.read(MAX_XML), whole=True)
    if elements is None:
        raise Wrong(Verdict.DAMAGED, kind=kind)
    return elements


def _elements(xml: bytes, *, whole: bool) -> list[tuple[str, dict[str, str]]] | None:
    """Name, without its prefix, and attributes of each element; None where it is no XML.

    Documents of these kinds have no DOCTYPE; one is a sign of entities that grow.
    """
    found: list[tuple[str, dict[str, str]]] = []
    refused: list[bool] = []
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        if whole or not found:
            found.append((name.rpartition(":")[2], attributes))

    def refuse(*_told: object) -> None:
        refused.append(True)

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        # The root is in the first bytes; a part of which only they are read never ends.
        parser.Parse(xml, whole)
    except expat.ExpatError:
        return None
    return None if refused else found
