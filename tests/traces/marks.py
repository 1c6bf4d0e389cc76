"""What one visitor leaves that nobody else would."""

import random
from dataclasses import dataclass

from devices.idcard.virtual.cards import complete

CHARACTERS = "".join(chr(code) for code in range(0x4E00, 0x9F00) if chr(code).encode("gb18030"))


@dataclass(frozen=True)
class Marks:
    """What nobody else writes."""

    name: str
    number: str
    typed: str
    keys: str
    draft: str
    file: str
    content: str

    @classmethod
    def made(cls, seed: int) -> "Marks":
        chance = random.Random(seed)

        def chinese(length: int) -> str:
            return "".join(chance.choices(CHARACTERS, k=length))

        region, order = chance.randrange(110000, 659999), chance.randrange(100, 999)
        born = f"{chance.randrange(1940, 2005)}{chance.randrange(1, 13):02}"
        digits = f"{region}{born}{chance.randrange(1, 29):02}{order}"
        letters = "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=14))
        return cls(
            name=chinese(8),
            number=complete(digits),
            typed=chinese(8),
            keys=letters,
            draft=chinese(16),
            file=chinese(12),
            content=chinese(40),
        )

    @property
    def all(self) -> tuple[str, ...]:
        return (self.name, self.number, self.typed, self.draft, self.file, self.content)
