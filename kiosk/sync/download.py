"""One file on its way from the server."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import requests
from urllib3.exceptions import HTTPError

from kiosk.sync.errors import Offline

_PIECE = 256 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})")


class Download:
    """An answer that is open; read it once."""

    def __init__(self, response: requests.Response, sha256: str) -> None:
        """Raises Offline for an answer that is none to the question."""
        # Proxies make a tag weak when they touch an answer; the bytes are verified anyway.
        if response.headers.get("ETag", "").removeprefix("W/") != f'"{sha256}"':
            raise Offline("the answer is not the file; is another server between?")
        self._response = response
        self.start, self.size = 0, _number(response.headers.get("Content-Length", ""))
        """Where in the file the answer begins, and bytes of the whole file if it says so."""
        if response.status_code == HTTPStatus.PARTIAL_CONTENT:
            said = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if said is None:
                raise Offline("the answer does not say which part of the file it is")
            self.start, self.size = int(said[1]), int(said[2])

    def pieces(self) -> Iterator[bytes]:
        """The bytes, as they come. Raises Offline when they end before they should."""
        try:
            while piece := self._response.raw.read1(_PIECE, decode_content=False):
                yield piece
        except (requests.RequestException, HTTPError, OSError) as problem:
            raise Offline(f"the answer was cut ({type(problem).__name__})") from problem


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
