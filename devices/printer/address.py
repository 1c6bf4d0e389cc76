"""Addresses of printers (pure)."""

from urllib.parse import urlsplit

PORT = 631
"""RFC 8010, section 4."""
_SCHEMES = {"ipp": "http", "ipps": "https"}


def http_address(uri: str) -> str:
    """Where a printer's `ipp` or `ipps` address is reached (RFC 3510). Raises ValueError."""
    parts = urlsplit(uri)
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.username or parts.query:
        raise ValueError("a printer's address is ipp://host[:port]/path or ipps://…")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{_SCHEMES[parts.scheme]}://{host}:{parts.port or PORT}{parts.path or '/'}"
