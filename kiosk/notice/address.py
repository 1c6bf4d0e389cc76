"""The official address of a notice: whose it is, and whether a phone can take it away (pure)."""

from urllib.parse import urlsplit

LONGEST_IN_CODE = 300
"""Characters: in a code of 30 mm its dots are still 0.4 mm wide."""


def host(address: str) -> str:
    """The name of the computer; empty for an address that has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def in_code(address: str) -> str:
    """What the QR code holds: the address, or nothing when it would be too fine to be read."""
    return address if len(address.encode()) <= LONGEST_IN_CODE else ""
