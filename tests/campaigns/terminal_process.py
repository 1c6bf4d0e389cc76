"""The sending side of a terminal as a process: the real outbox, sender and client.

Usage: python -m tests.campaigns.terminal_process FOLDER ADDRESS PIECE
"""

import sys
import threading
from pathlib import Path

from kiosk.settings import Private
from kiosk.sync import sender, sending, upload
from kiosk.sync.sending import Sending
from kiosk.sync.upload import SubmissionClient

KEY_NAME = "key"


def main(folder: Path, address: str, piece: int) -> None:
    upload.PIECE, upload.WAIT_S = piece, 0.01
    sender.PROGRESS_S, sending.LOOK_S = 0.0, 0.02
    ended = threading.Event()
    private = Private(key=folder / KEY_NAME)
    with Sending(folder, private, lambda: SubmissionClient(address), died=ended.set):
        ended.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
