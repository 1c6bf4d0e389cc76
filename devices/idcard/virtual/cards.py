"""Cards that can be laid on the virtual reader: made-up people on all four layouts (pure).

No number can be a person's: births on 1 January 1900, order number 000, which is never given.
"""

import tomllib
from dataclasses import dataclass, field, fields, replace
from typing import Any

LAYOUTS = ("resident", "hk-macau-taiwan", "foreigner-2017", "foreigner-2023")
PHOTO = bytes((index * 37 + 11) & 0xFF for index in range(1024))
"""Stands in for the photo; decodes to nothing."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class NotACard(ValueError):
    """A description of a card that cannot be; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card; everything as text. Lengths in UTF-16 units."""

    layout: str
    name: str
    """Chinese; may be blank on a foreigner's."""
    number: str
    latin: str = ""
    """Of foreigners: at most 60 (2017) or 46 (2023)."""
    sex: str = "1"
    nation: str = "01"
    nationality: str = "USA"
    born: str = "19000101"
    address: str = "样例省样例市样例路1号"
    authority: str = "样例市公安局"
    valid_from: str = "20200101"
    valid_to: str = "20400101"
    pass_number: str = "H00000000"
    issues: str = "01"
    fault: int = 0
    """Status word with which its content is refused, such as 0x91 for a card without content,
    0x40 for one that is no identity card; 0: none."""
    photo: bytes = field(default=PHOTO, repr=False)

    def text(self) -> bytes:
        """The 256 bytes. Raises NotACard if something does not fit."""
        block = bytearray(" ".encode("utf-16-le") * 128)

        def put(at: int, room: int, text: str) -> None:
            raw = text.encode("utf-16-le")
            if len(raw) > room:
                raise NotACard(f"card: {len(raw)} bytes do not fit into {room}, at byte {at}")
            block[at : at + len(raw)] = raw

        if self.layout not in LAYOUTS:
            raise NotACard(f"card: layout is one of {', '.join(LAYOUTS)}")
        if self.layout == "foreigner-2017":
            put(0, 120, self.latin)
            put(120, 2, self.sex)
            put(122, 30, self.number)
            put(152, 6, self.nationality)
            put(158, 30, self.name)
            put(220, 16, self.born)
            put(236, 4, "01")
            put(240, 8, "1500")
            put(248, 2, "I")
        else:
            put(0, 30, self.name)
            put(30, 2, self.sex)
            put(36, 16, self.born)
            put(122, 36, self.number)
            put(158, 30, self.authority)
            if self.layout == "foreigner-2023":
                put(32, 4, "00")
                put(52, 70, self.latin[:35])
                put(220, 22, self.latin[35:])
                put(242, 6, self.nationality)
                put(248, 2, "Y")
            else:
                put(32, 4, self.nation)
                put(52, 70, self.address)
        if self.layout == "hk-macau-taiwan":
            put(32, 4, "  ")
            put(220, 18, self.pass_number)
            put(238, 4, self.issues)
            put(248, 2, "J")
        put(188, 16, self.valid_from)
        put(204, 16, self.valid_to)
        return bytes(block)


def complete(first_seventeen: str) -> str:
    """A number with its check digit, by the table of GB 11643."""
    total = sum(
        weight * int(digit) for weight, digit in zip(_WEIGHTS, first_seventeen, strict=True)
    )
    return first_seventeen + "10X98765432"[total % 11]


def _number(region: str, order: str = "000") -> str:
    return complete(region + "19000101" + order)


_RESIDENT = Card("resident", "样张甲", _number("110101"))
_HONG_KONG = Card("hk-macau-taiwan", "样张港", _number("810000"))
_OLD = Card(
    "foreigner-2017", "样张外", "USA110000010100", latin="SPECIMEN, OLDCARD", authority="1500"
)
_NEW = Card("foreigner-2023", "", _number("911840"), latin="SPECIMEN, NEWCARD")

CARDS: dict[str, Card] = {
    "resident": _RESIDENT,
    "resident-2": replace(_RESIDENT, name="样张乙", number=_number("210400"), valid_to="长期"),
    "resident-rare": replace(_RESIDENT, name="样\U00020bb7㛃䶮", number=_number("330100")),
    "resident-private": replace(_RESIDENT, name="样\ue863张", number=_number("440100")),
    "resident-long": replace(
        _RESIDENT, name="样张古丽·阿卜杜热西提努尔艾力", number=_number("650100"), nation="05"
    ),
    "editor": replace(_RESIDENT, name="样张编", number=_number("210402")),
    "approver": replace(_RESIDENT, name="样张批", number=_number("210403")),
    "supervisor": replace(_RESIDENT, name="样张监", number=_number("210404")),
    "hong-kong": _HONG_KONG,
    "macau": replace(_HONG_KONG, name="样张澳", number=_number("820000")),
    "taiwan": replace(_HONG_KONG, name="样张台", number=_number("830000"), pass_number="00000000"),
    "foreigner-2017": _OLD,
    "foreigner-2017-long": replace(
        _OLD,
        name="",
        number="FRA110000010101",
        nationality="FRA",
        latin="SPECIMEN DE LA TRES LONGUE FAMILLE, JEANNE MARIE AUGUSTINE B",
    ),
    "foreigner-2023": _NEW,
    "foreigner-2023-long": replace(
        _NEW,
        name="样张安娜",
        number=_number("911276"),
        nationality="DEU",
        latin="SPECIMEN-MUSTERMANN VON BEISPIELHAUS, ANNALENA",
    ),
    "wrong-digit": replace(_RESIDENT, number=_number("110101")[:-1] + "0"),
    "no-content": replace(_RESIDENT, fault=0x91),
    "no-identity-card": replace(_RESIDENT, fault=0x40),
}
"""By name, for orders and for the buttons of a demonstration."""


def card_from(document: str) -> Card:
    """A card described in TOML, keys as the fields of `Card`; a number of 17 digits gets its
    check digit. Raises NotACard."""
    try:
        wanted: dict[str, Any] = tomllib.loads(document)
    except tomllib.TOMLDecodeError as problem:
        raise NotACard(f"card: {problem}") from None
    known = {each.name for each in fields(Card)} - {"photo", "fault"}
    for key, value in wanted.items():
        if key not in known:
            raise NotACard(f"card: {key} is unknown; there are {', '.join(sorted(known))}")
        if not isinstance(value, str):
            raise NotACard(f'card: {key} is a text, write {key} = "…"')
    for key in ("layout", "name", "number"):
        if key not in wanted:
            raise NotACard(f"card: {key} is missing")
    number = wanted["number"]
    if len(number) == 17 and number.isascii() and number.isdecimal():
        wanted["number"] = complete(number)
    card = Card(**wanted)
    card.text()
    return card
