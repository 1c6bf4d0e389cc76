"""The Chinese input method: librime with the schemas in `assets/input`.

`python -m kiosk.input.rime FOLDER` opens the dictionaries in FOLDER, to see whether they open.
"""

import sys
from ctypes import sizeof
from functools import cache
from pathlib import Path

from kiosk.input.method import KEYS, Composition, Schema
from kiosk.input.rime_api import (
    CLEAR_COMPOSITION,
    CREATE_SESSION,
    DESTROY_SESSION,
    FREE_COMMIT,
    FREE_CONTEXT,
    GET_COMMIT,
    GET_CONTEXT,
    GET_INPUT,
    INITIALIZE,
    PROCESS_KEY,
    QUIET,
    SELECT_CANDIDATE,
    SELECT_SCHEMA,
    SETUP,
    Commit,
    Context,
    Library,
    RimeMissing,
    candidates,
    traits,
)

BACKSPACE = 0xFF08
"""X11 keysym."""
NOWHERE = Path("/dev/null/mingtang")
"""A folder that nobody can make: librime has no place to keep what was typed."""
LONGEST = 32
"""Keys of one composition; the work on a key grows with those before it."""


@cache
def _running(data: Path) -> Library:
    """librime with its folders, which it takes once in a process."""
    library = Library()
    where = traits(shared=data, user=NOWHERE, staging=data / "build", log_level=QUIET)
    library.call(SETUP, where)
    library.call(INITIALIZE, where)
    return library


class Rime:
    """One visitor at a time; every call from one thread, after `load`.

    Only one set of dictionaries can be used in a process.
    """

    def __init__(self, library: Library, session: int) -> None:
        self._library, self._session, self._schema = library, session, Schema.PINYIN
        self.select(Schema.PINYIN)

    @classmethod
    def load(cls, data: Path) -> "Rime":
        """Open the dictionaries that `deploy` made in `data`; about 50 ms. Raises RimeMissing."""
        library = _running(data)
        session = library.call(CREATE_SESSION)
        if not session:
            raise RimeMissing("librime opens no session")
        rime = cls(library, session)
        rime.warm_up()
        return rime

    def warm_up(self) -> None:
        """Touch both dictionaries, so that the first visitor's first key finds them in memory."""
        for schema in reversed(Schema):
            self.select(schema)
            if not self.feed("h") or not self.candidates(0, 1):
                raise RimeMissing(f"librime has no dictionary for {schema}")
            self.clear()

    def feed(self, key: str) -> Composition:
        if key not in KEYS[self._schema]:
            raise ValueError(f"{self._schema} takes no {key!r}")
        if len(self._input()) < LONGEST:
            self._library.call(PROCESS_KEY, self._session, ord(key), 0)
        return self._composition()

    def backspace(self) -> Composition:
        self._library.call(PROCESS_KEY, self._session, BACKSPACE, 0)
        return self._composition()

    def choose(self, index: int) -> Composition:
        self._library.call(SELECT_CANDIDATE, self._session, index)
        return self._composition()

    def candidates(self, start: int, count: int) -> tuple[str, ...]:
        return tuple(candidates(self._library, self._session, start, count))

    def select(self, schema: Schema) -> None:
        self.clear()
        if not self._library.call(SELECT_SCHEMA, self._session, schema.encode()):
            raise RimeMissing(f"librime has no schema {schema}")
        self._schema = schema

    def clear(self) -> None:
        self._library.call(CLEAR_COMPOSITION, self._session)

    def forget(self) -> None:
        """Another session takes the place of this one, whose memory librime frees."""
        following = self._library.call(CREATE_SESSION)
        self._library.call(DESTROY_SESSION, self._session)
        self._session = following
        self.select(Schema.PINYIN)

    def close(self) -> None:
        """Destroy the session; the instance is used up."""
        self._library.call(DESTROY_SESSION, self._session)

    def _input(self) -> str:
        return (self._library.call(GET_INPUT, self._session) or b"").decode()

    def _composition(self) -> Composition:
        committed = Commit(data_size=sizeof(Commit) - 4)
        text = ""
        if self._library.call(GET_COMMIT, self._session, committed):
            text = committed.text.decode()
            self._library.call(FREE_COMMIT, committed)
        context = Context(data_size=sizeof(Context) - 4)
        if not self._library.call(GET_CONTEXT, self._session, context):
            return Composition(committed=text)
        shown = context.composition
        preedit = shown.preedit or b""
        settled = preedit[: shown.sel_start].decode()
        letters = preedit[shown.sel_start :].decode()
        self._library.call(FREE_CONTEXT, context)
        keys = self._input()
        if settled:
            # What was chosen stands for the first keys; the letters are those of the rest.
            keys = keys[-sum(not sign.isspace() for sign in letters) :] if letters else ""
        return Composition(settled, letters, keys, text)


if __name__ == "__main__":
    Rime.load(Path(sys.argv[1])).close()
