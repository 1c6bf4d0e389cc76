"""Which notice has which attachments, and letting go of files that no notice has any more.

A notice's files are held with it until it is released, and are listed from then on; a newer
version that waits leaves those of the listed one alone. Only what is listed may be read.
"""

import logging
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from display.notice import Attachment
from kiosk.central.blobs import FOLDER, BlobFolder
from kiosk.central.database import CentralDatabase
from kiosk.central.schema import attachments, blobs

_log = logging.getLogger(__name__)


def blob_folder(database: CentralDatabase) -> BlobFolder:
    """The attachments of this database."""
    return BlobFolder(database.folder / FOLDER)


def hold(connection: Connection, notice_id: str, files: Iterable[Attachment]) -> None:
    """Note the files of a version of a notice that waits to be released."""
    _forget(connection, notice_id, listed=False)
    rows = [
        {"notice_id": notice_id, "sha256": sha256, "listed": False}
        for sha256 in sorted({file.sha256 for file in files})
    ]
    if rows:
        connection.execute(insert(attachments), rows)


def list_held(connection: Connection, notice_id: str) -> None:
    """A notice is released: what was held is listed, in place of an earlier version's files."""
    _forget(connection, notice_id, listed=True)
    connection.execute(
        update(attachments).where(attachments.c.notice_id == notice_id).values(listed=True)
    )


def unlist(connection: Connection, notice_id: str) -> None:
    """A notice leaves its channel; what is held for its next version stays."""
    _forget(connection, notice_id, listed=True)


def forget(connection: Connection, notice_id: str) -> None:
    """A notice is withdrawn."""
    connection.execute(delete(attachments).where(attachments.c.notice_id == notice_id))


def register(connection: Connection, files: Iterable[Attachment]) -> None:
    """Note files that are in the folder, so that `drop_unreferenced` finds them."""
    sizes = {file.sha256: file.size for file in files}
    known = set(connection.scalars(select(blobs.c.sha256).where(blobs.c.sha256.in_(sizes))))
    rows = [
        {"sha256": sha256, "size": size} for sha256, size in sizes.items() if sha256 not in known
    ]
    if rows:
        connection.execute(insert(blobs), rows)


def listed_size(database: CentralDatabase, sha256: str) -> int | None:
    """Bytes of a file that a listed notice has; None of any other, held ones included."""
    with database.reading() as connection:
        # By itself: a join could take a little longer for a file that is held.
        listed = connection.scalar(
            select(attachments.c.sha256)
            .where(attachments.c.sha256 == sha256, attachments.c.listed)
            .limit(1)
        )
        if listed is None:
            return None
        return connection.scalar(select(blobs.c.size).where(blobs.c.sha256 == sha256))


def drop_unreferenced(database: CentralDatabase) -> None:
    """Delete the files that no notice has any more; one that cannot be deleted is tried again
    the next time. Cheap when there are none.

    Deleting happens inside a writing transaction, as does the last look of an import at its
    files: so none is deleted that another process is about to refer to.
    """
    with database.reading() as connection:
        if connection.scalar(select(blobs.c.sha256).where(_unreferenced()).limit(1)) is None:
            return
    folder = blob_folder(database)
    with database.writing() as connection:
        for sha256 in connection.scalars(select(blobs.c.sha256).where(_unreferenced())).all():
            if _is_dropped(folder, sha256):
                connection.execute(delete(blobs).where(blobs.c.sha256 == sha256))


def clear_leftovers(database: CentralDatabase) -> None:
    """Delete what interrupted imports and withdrawals left behind."""
    folder = blob_folder(database)
    drop_unreferenced(database)
    try:
        folder.clear_unfinished()
        with database.writing() as connection:
            known = set(connection.scalars(select(blobs.c.sha256)))
            for sha256 in set(folder.kept()) - known:
                _is_dropped(folder, sha256)
    except OSError as problem:
        _log.error("the folder of attachments cannot be tidied: %s", problem.strerror)


def _forget(connection: Connection, notice_id: str, *, listed: bool) -> None:
    connection.execute(
        delete(attachments).where(
            attachments.c.notice_id == notice_id, attachments.c.listed.is_(listed)
        )
    )


def _unreferenced() -> ColumnElement[bool]:
    return ~exists(select(attachments.c.sha256).where(attachments.c.sha256 == blobs.c.sha256))


def _is_dropped(folder: BlobFolder, sha256: str) -> bool:
    try:
        folder.drop(sha256)
    except OSError as problem:
        _log.error("attachment %s cannot be deleted: %s", sha256, problem.strerror)
        return False
    return True
