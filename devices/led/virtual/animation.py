"""An animated picture of the whole page that is on air, drawn beside the card's work."""

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from devices.led.virtual import face, picture

log = logging.getLogger(__name__)

FRAME_S = 0.08
"""A multiple of 10 ms, which is what a GIF can tell."""
LONGEST_S = 60.0
"""Of a pass; what is longer is cut."""
SCALE = 4
BUDGET = 96_000_000
"""Bytes of all frames together; Pillow holds them until the file is written."""
FORMATS = {".gif": "GIF", ".png": "PNG", ".apng": "PNG"}


class _Outdated(Exception):
    """A newer page is on air, or the board stops: leave this one."""


def check(path: Path) -> Path:
    """The path itself. Raises ValueError unless its suffix is that of an animated picture."""
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{path}: the name must end in {', '.join(FORMATS)}")
    return path


@dataclass(frozen=True, slots=True)
class Film:
    """A whole pass of a page: what is seen at every `frame_s`, from the entry on."""

    state: face.State
    t: float
    frame_s: float
    count: int

    def faces(self, glyphs: face.Glyphs) -> Iterator[bytes]:
        """Pixels of each frame."""
        for number in range(self.count):
            yield face.pixels(self.state, self.t + number * self.frame_s, glyphs)


def film_of(state: face.State, t: float, glyphs: face.Glyphs) -> Film:
    """The pass of what is on air at the second `t`; a page that stands is one frame.

    Frames of a large board are further apart, so that all of them fit into `BUDGET`.
    """
    seen = tuple(replace(zone, since=t, run_mode=face.LOOP) for zone in face.seen(state, t))
    still = replace(state, on=True, timers=(), zones=seen, program=())
    length_s = min(face.pass_s(still, t, glyphs), LONGEST_S)
    edge = 2 * picture.MARGIN
    frame_bytes = (state.width + edge) * (state.height + edge) * SCALE**2
    frame_s = FRAME_S
    while frame_s < length_s and length_s / frame_s * frame_bytes > BUDGET:
        frame_s *= 2
    return Film(still, t, frame_s, max(1, math.ceil(length_s / frame_s)))


class Animation:
    """Draws in a thread of its own; of the pages for one file the newest wins."""

    def __init__(self, glyphs: face.Glyphs) -> None:
        self._glyphs = glyphs
        self._wishes: dict[Path, tuple[face.State, float]] = {}
        self._changed = threading.Condition()
        self._closed = False
        sample = picture.draw(bytes((0, 1, 2, 3)), 4, 1, SCALE)
        self._palette = Image.new("P", (1, 1))
        self._palette.putpalette(
            bytes(
                channel
                for _, colour in sample.getcolors() or ()
                if isinstance(colour, tuple)
                for channel in colour
            )
        )
        self._thread = threading.Thread(target=self._run, name="animation", daemon=True)
        self._thread.start()

    def draw(self, path: Path, state: face.State, t: float) -> None:
        """Have `path` replaced by what is on air in `state` at the second `t`; returns at once.

        Raises ValueError for a name that is no animated picture's.
        """
        check(path)
        with self._changed:
            self._wishes[path] = (state, t)
            self._changed.notify()

    def close(self) -> None:
        """Leave what is not drawn yet."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wishes or self._closed)
                if self._closed:
                    return
                path = next(iter(self._wishes))
                state, t = self._wishes.pop(path)
            part = path.with_name(path.name + ".part")
            try:
                self._save(path, part, state, t)
            except _Outdated:
                continue
            except OSError as problem:
                log.warning("animation: %s: %s", path, problem.strerror)
                with suppress(OSError):
                    part.unlink()

    def _save(self, path: Path, part: Path, state: face.State, t: float) -> None:
        film = film_of(state, t, self._glyphs)
        first, *others = self._frames(path, film)
        first.save(
            part,
            format=FORMATS[path.suffix.lower()],
            save_all=True,
            append_images=others,
            duration=round(film.frame_s * 1000),
            loop=0,
            disposal=1 if path.suffix.lower() == ".gif" else 0,
            compress_level=1,
        )
        part.replace(path)

    def _frames(self, path: Path, film: Film) -> Iterator[Image.Image]:
        for pixels in film.faces(self._glyphs):
            if self._closed or path in self._wishes:
                raise _Outdated
            image = picture.draw(pixels, film.state.width, film.state.height, SCALE)
            yield image.quantize(palette=self._palette, dither=Image.Dither.NONE)
