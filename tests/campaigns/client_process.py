"""A client that sends one file and hands it in, and goes on from what it kept on the disk.

Usage: python -m tests.campaigns.client_process ADDRESS FILE SUBMISSION STATE; prints how far it
is, and the receipt at the end. It tries again for as long as the server is away.
"""

import sys
import time
from pathlib import Path

from kiosk.sync import upload as upload_module
from kiosk.sync.errors import FilesMissing, Offline, UploadGone
from kiosk.sync.upload import SubmissionClient
from tests.sync.handing_in import MemoryReader, form, handed, manifest


def main(address: str, path: Path, id: str, state: Path) -> None:
    data = path.read_bytes()
    upload_module.PIECE = max(500_000, len(data) // 20)
    file, client = handed(data), SubmissionClient(address)
    while True:
        try:
            upload = state.read_text() if state.exists() else ""
            if not upload:
                upload = client.create_upload(file, id)
                state.write_text(upload)
            client.send_file(upload, MemoryReader(data), lambda sent: print(sent, flush=True))
            whole = manifest(file.model_copy(update={"upload": upload}), notice_id="", form=form())
            print(client.submit(id, whole).model_dump_json(), flush=True)
            return
        except (UploadGone, FilesMissing):
            state.unlink(missing_ok=True)
        except Offline:
            time.sleep(0.05)


main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
