"""What can be said of one value (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """How far a value is."""

    EMPTY = "empty"
    OPEN = "open"
    """Not complete yet: nothing is wrong while somebody still types."""
    GOOD = "good"
    WRONG = "wrong"
    """Cannot become right by typing on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict; `fault` and `remark` are keys of the words in the section "check"."""

    verdict: Verdict
    fault: str = ""
    """What to do before it is good; also where it is only open."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What the words of the fault name; never the value itself."""
    remark: str = ""
    """Something to look at again, though nothing is wrong."""


GOOD = Finding(Verdict.GOOD)


def still_open(fault: str, **told: str) -> Finding:
    """Not complete yet."""
    return Finding(Verdict.OPEN, fault, told)


def wrong(fault: str, **told: str) -> Finding:
    """Not right, and not to be made so by typing on."""
    return Finding(Verdict.WRONG, fault, told)
