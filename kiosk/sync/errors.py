"""What can go wrong between a terminal and the server, named by what happens next."""

from datetime import datetime


class SyncError(Exception):
    """The server did not give what was asked; the subclass says what to do."""


class Offline(SyncError):
    """No answer, or none of this server's: try again later."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """The server's own wish, if it gave one."""


class Rejected(SyncError):
    """The server will never answer this request: leave it, tell staff, go on with the rest."""


class Unknown(Rejected):
    """The server has nothing under this address, such as an older one that lacks a service."""


class TooLate(Rejected):
    """The deadline has passed by the server's clock: final; tell the visitor, wipe the files."""

    def __init__(self, message: str, server_time: datetime | None = None) -> None:
        super().__init__(message)
        self.server_time = server_time


class UploadGone(SyncError):
    """The server has this upload no more: make a new one and send the file from its beginning."""


class FilesMissing(SyncError):
    """The server lacks bytes of a file: go through all uploads once more, then submit again."""


class ReceiptDoubtful(SyncError):
    """The receipt does not fit what was sent: park the item, keep its files, tell staff."""


class Unsatisfiable(Rejected):
    """The server's file ends before the place that was asked for: it is another one."""


class Unauthorised(SyncError):
    """The server does not accept this terminal: stop asking, tell staff."""


class CursorExpired(SyncError):
    """The feed's history is another one: read it from the beginning."""
