"""Who a card says that its holder is, and how that is shown (pure)."""

from dataclasses import dataclass
from enum import StrEnum


class CardKind(StrEnum):
    """Which of the four layouts a card has."""

    RESIDENT = "resident"
    """居民身份证."""
    HK_MACAU_TAIWAN = "hk-macau-taiwan"
    """港澳台居民居住证."""
    FOREIGNER_2017 = "foreigner-2017"
    """外国人永久居留身份证, 2017."""
    FOREIGNER_2023 = "foreigner-2023"
    """外国人永久居留身份证, 2023."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """All that leaves the driver of a card. Printed, it is masked."""

    kind: CardKind
    name: str
    """As on the card; of a foreigner the name in Latin letters."""
    number: str
    """18 characters, or 3 letters and 12 digits on a foreigner's card of 2017."""

    def __repr__(self) -> str:
        return f"Identity({self.kind}, {masked_name(self.name)}, {masked_number(self.number)})"


def masked_number(number: str) -> str:
    """First and last character, stars between: ``2****************8`` (domain rule 13)."""
    if len(number) < 3:
        return "*" * len(number)
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}"


def masked_name(name: str) -> str:
    """First character and two stars, however long the name is."""
    return f"{name[0]}**" if len(name) > 1 else "**"
