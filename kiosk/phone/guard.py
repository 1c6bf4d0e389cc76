"""Who may ask the page for what (pure)."""

import hmac
from collections.abc import Iterable
from enum import Enum


class Answer(Enum):
    """What a request gets, before it is looked into further."""

    PAGE = 200
    FILES = 303
    """Its files are taken, then it is sent to the page."""
    NOT_FOUND = 404
    """As for any address that never was: nothing tells a guess from a page that is over."""
    TAKEN = 403
    """Another phone has opened this page before."""
    NOT_ALLOWED = 405


Headers = Iterable[tuple[bytes, bytes]]


def first_answer(method: str, path: bytes, headers: Headers, *, token: str, origin: str) -> Answer:
    """Judge a request by its head; `origin` is scheme, host and port of the page."""
    names = [name for name, _ in headers]
    known = dict(headers)
    host = origin.partition("://")[2].encode()
    # Another name for this address is a page elsewhere that was made to point here.
    if names.count(b"host") != 1 or known[b"host"].lower() != host:
        return Answer.NOT_FOUND
    if not hmac.compare_digest(path, f"/{token}/".encode()):
        return Answer.NOT_FOUND
    if method in {"GET", "HEAD"}:
        return Answer.PAGE
    if method != "POST":
        return Answer.NOT_ALLOWED
    sender = known.get(b"origin")
    site = known.get(b"sec-fetch-site", b"same-origin")
    if (sender is not None and sender != origin.encode()) or site != b"same-origin":
        return Answer.NOT_FOUND
    return Answer.FILES
