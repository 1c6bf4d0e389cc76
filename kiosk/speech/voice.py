"""The system's Chinese voice: espeak-ng, or speech-dispatcher through spd-say."""

import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence

log = logging.getLogger(__name__)

VOICES = ("espeak-ng", "spd-say")
"""Programs by preference. espeak-ng stands first because its end is the
end of the sound; spd-say leaves it to a service that must be told to stop."""
_BY_ARGUMENT = frozenset({"spd-say"})
_STOPS = {"spd-say": ("--cancel",)}
BREATH_LIMIT_S = 120.0
"""For one breath; a voice that takes longer hangs."""
STOP_LIMIT_S = 5.0


def arguments(voice: str, pace: int = 100, volume: int = 100) -> tuple[str, ...]:
    """What a program is told; `pace` and `volume` in percent of the usual.

    espeak-ng(1): -s words a minute, -a amplitude 0 to 200. spd-say(1): both from -100 to 100.
    """
    if voice == "espeak-ng":
        return ("-v", "cmn", "-s", str(150 * pace // 100), "-a", str(volume), "--stdin")
    rate, loud = max(-100, min(100, pace - 120)), max(-100, min(100, volume - 100))
    told = ("--rate", str(rate), "--volume", str(loud))
    return ("--wait", "--language", "zh", *told, "--")


def find_voice() -> str | None:
    """Name of the program that speaks here, if there is one."""
    return next((name for name in VOICES if shutil.which(name)), None)


class Reading:
    """One reading aloud (朗读); used once."""

    def __init__(
        self,
        voice: str,
        breaths: Iterable[str],
        ended: Callable[[bool], None],
        told: Sequence[str] | None = None,
    ) -> None:
        """Begin. `told` are the program's arguments. `ended` hears from the thread that asks for
        breaths and has them said whether all was said; after `stop` nothing.
        """
        self._voice, self._breaths, self._ended = voice, breaths, ended
        self._told = arguments(voice) if told is None else told
        self._lock = threading.Lock()
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Fall silent, now."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.kill()
        if self._voice in _STOPS:
            threading.Thread(target=self._hush, name="voice", daemon=True).start()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    def _run(self) -> None:
        said = False
        try:
            said = all(map(self._say, self._breaths))
        finally:
            with self._lock:
                stopped = self._stopped
            if not stopped:
                self._ended(said)

    def _say(self, breath: str) -> bool:
        by_argument = self._voice in _BY_ARGUMENT
        more = (breath,) if by_argument else ()
        with self._lock:
            if self._stopped:
                return False
            try:
                process = self._process = subprocess.Popen(
                    [self._voice, *self._told, *more],
                    stdin=subprocess.DEVNULL if by_argument else subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    env={**os.environ, "LC_ALL": "C.UTF-8"},
                )
            except OSError as problem:
                log.warning("%s cannot be started: %s", self._voice, problem.strerror)
                return False
        try:
            _, told = process.communicate(
                None if by_argument else breath.encode(), timeout=BREATH_LIMIT_S
            )
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return False
        # Without a sound device espeak-ng says so, and ends as if all were well.
        return process.returncode == 0 and b"error:" not in told

    def _hush(self) -> None:
        try:
            subprocess.run(
                [self._voice, *_STOPS[self._voice]],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=STOP_LIMIT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            log.warning("%s cannot be told to stop: %s", self._voice, type(problem).__name__)
