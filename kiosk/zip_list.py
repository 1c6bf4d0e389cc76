"""Opening ZIPs of strangers: a list of contents that is too long stays unread."""

import zipfile
from typing import BinaryIO, cast


class ListTooLong(Exception):
    """The list of contents is longer than is read."""


class _Sparing:
    """A file for `zipfile`, which reads a list of contents at once, as long as it says it is.

    A ZIP has several places to say so, and which of them counts is for `zipfile` to know.
    """

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = file
        self.most: int | None = most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if self.most is not None and size > self.most:
            raise ListTooLong
        return self._file.read(size)


def open_zip(file: BinaryIO, most: int) -> zipfile.ZipFile:
    """A ZIP whose list of contents has at most so many bytes; the file stays its owner's to close.

    Raises ListTooLong, and what `zipfile` raises: BadZipFile, ValueError, NotImplementedError.
    """
    sparing = _Sparing(file, most)
    archive = zipfile.ZipFile(cast(BinaryIO, sparing))
    sparing.most = None
    return archive
