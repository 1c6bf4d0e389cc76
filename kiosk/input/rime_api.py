"""librime's C API (rime_api.h of librime 1.8), as far as the keyboard needs it."""

import ctypes
from collections.abc import Callable, Iterator, Mapping
from ctypes import POINTER, Structure, c_char_p, c_int, c_size_t, c_void_p, sizeof
from pathlib import Path
from typing import Any

LIBRARY = "librime.so.1"
QUIET, WARNINGS = 3, 1
"""Levels of its log: 3 writes only what ends the process; keys are in the levels below 1."""

SETUP, INITIALIZE, FINALIZE = 0, 2, 3
DEPLOYER_INITIALIZE, DEPLOY_SCHEMA, DEPLOY_CONFIG_FILE = 7, 10, 11
CREATE_SESSION, FIND_SESSION, DESTROY_SESSION = 13, 14, 15
PROCESS_KEY, CLEAR_COMPOSITION = 18, 20
GET_COMMIT, FREE_COMMIT, GET_CONTEXT, FREE_CONTEXT = 21, 22, 23, 24
SELECT_SCHEMA, CONFIG_BEGIN_LIST = 34, 68
GET_INPUT, SELECT_CANDIDATE, GET_VERSION = 69, 71, 72
CANDIDATE_LIST_BEGIN, CANDIDATE_LIST_NEXT, CANDIDATE_LIST_END = 75, 76, 77
CANDIDATE_LIST_FROM_INDEX = 79
ANCHORS = {
    PROCESS_KEY: "RimeProcessKey",
    SELECT_SCHEMA: "RimeSelectSchema",
    CONFIG_BEGIN_LIST: "RimeConfigBeginList",
    CANDIDATE_LIST_BEGIN: "RimeCandidateListBegin",
    CANDIDATE_LIST_FROM_INDEX: "RimeCandidateListFromIndex",
}
"""Places of the function table that are exported by name too: they prove its layout."""


class RimeMissing(Exception):
    """librime or its data cannot be used here; the message says what to install or repair."""


class Traits(Structure):
    """RimeTraits: where librime finds and keeps its files."""

    _fields_ = [
        ("data_size", c_int),
        *[(name, c_char_p) for name in ("shared_data_dir", "user_data_dir", "distribution_name",
                                        "distribution_code_name", "distribution_version",
                                        "app_name")],
        ("modules", POINTER(c_char_p)),
        ("min_log_level", c_int),
        *[(name, c_char_p) for name in ("log_dir", "prebuilt_data_dir", "staging_dir")],
    ]  # fmt: skip


class Candidate(Structure):
    """RimeCandidate."""

    _fields_ = [("text", c_char_p), ("comment", c_char_p), ("reserved", c_void_p)]


class CandidateList(Structure):
    """RimeCandidateListIterator."""

    _fields_ = [("ptr", c_void_p), ("index", c_int), ("candidate", Candidate)]


class Commit(Structure):
    """RimeCommit: text for the field."""

    _fields_ = [("data_size", c_int), ("text", c_char_p)]


class Preedit(Structure):
    """RimeComposition."""

    _fields_ = [
        *[(name, c_int) for name in ("length", "cursor_pos", "sel_start", "sel_end")],
        ("preedit", c_char_p),
    ]


class Menu(Structure):
    """RimeMenu: one page of candidates."""

    _fields_ = [
        *[(name, c_int) for name in ("page_size", "page_no", "is_last_page",
                                     "highlighted", "num_candidates")],
        ("candidates", POINTER(Candidate)),
        ("select_keys", c_char_p),
    ]  # fmt: skip


class Context(Structure):
    """RimeContext: what is composed, and the first of what it can mean."""

    _fields_ = [
        ("data_size", c_int),
        ("composition", Preedit),
        ("menu", Menu),
        ("commit_text_preview", c_char_p),
        ("select_labels", POINTER(c_char_p)),
    ]


SIGNATURES: Mapping[int, tuple[Any, tuple[Any, ...]]] = {
    SETUP: (None, (POINTER(Traits),)),
    INITIALIZE: (None, (POINTER(Traits),)),
    FINALIZE: (None, ()),
    DEPLOYER_INITIALIZE: (None, (POINTER(Traits),)),
    DEPLOY_SCHEMA: (c_int, (c_char_p,)),
    DEPLOY_CONFIG_FILE: (c_int, (c_char_p, c_char_p)),
    CREATE_SESSION: (c_size_t, ()),
    FIND_SESSION: (c_int, (c_size_t,)),
    DESTROY_SESSION: (c_int, (c_size_t,)),
    PROCESS_KEY: (c_int, (c_size_t, c_int, c_int)),
    CLEAR_COMPOSITION: (None, (c_size_t,)),
    GET_COMMIT: (c_int, (c_size_t, POINTER(Commit))),
    FREE_COMMIT: (c_int, (POINTER(Commit),)),
    GET_CONTEXT: (c_int, (c_size_t, POINTER(Context))),
    FREE_CONTEXT: (c_int, (POINTER(Context),)),
    SELECT_SCHEMA: (c_int, (c_size_t, c_char_p)),
    GET_INPUT: (c_char_p, (c_size_t,)),
    SELECT_CANDIDATE: (c_int, (c_size_t, c_size_t)),
    GET_VERSION: (c_char_p, ()),
    CANDIDATE_LIST_NEXT: (c_int, (POINTER(CandidateList),)),
    CANDIDATE_LIST_END: (None, (POINTER(CandidateList),)),
    CANDIDATE_LIST_FROM_INDEX: (c_int, (c_size_t, POINTER(CandidateList), c_int)),
}


class Library:
    """The loaded library; one in a process, whose calls come one after the other.

    Raises RimeMissing where there is none, or one whose function table is another.
    """

    def __init__(self) -> None:
        try:
            library = ctypes.CDLL(LIBRARY)
            library.rime_get_api.restype = c_void_p
            found = library.rime_get_api()
        except (OSError, AttributeError) as problem:
            raise RimeMissing(f"{LIBRARY}: {problem}; install librime1") from None
        size = c_int.from_address(found).value
        first = found + sizeof(c_void_p)
        self._table = (c_void_p * (size // sizeof(c_void_p))).from_address(first)
        for number, name in ANCHORS.items():
            exported = getattr(library, name, None)
            place = ctypes.cast(exported, c_void_p).value if exported is not None else None
            if number >= len(self._table) or self._table[number] != place:
                raise RimeMissing(f"{LIBRARY} has another interface than librime 1.8: {name}")
        self._functions = {number: self._function(number) for number in SIGNATURES}
        self.version = str(self.call(GET_VERSION).decode())

    def call(self, number: int, *values: Any) -> Any:
        """Call a function by its place in the table."""
        return self._functions[number](*values)

    def _function(self, number: int) -> Callable[..., Any]:
        result, arguments = SIGNATURES[number]
        return ctypes.CFUNCTYPE(result, *arguments)(self._table[number] or 0)


def traits(*, shared: Path, user: Path, staging: Path, log_level: int) -> Traits:
    """Traits that find files in `shared`, write to `staging` and `user`, and log to stderr."""
    return Traits(
        data_size=sizeof(Traits) - sizeof(c_int),
        shared_data_dir=bytes(shared),
        user_data_dir=bytes(user),
        distribution_name=b"mingtang",
        distribution_code_name=b"mingtang",
        distribution_version=b"1",
        app_name=b"rime.mingtang",
        modules=None,
        min_log_level=log_level,
        log_dir=b"",
        prebuilt_data_dir=bytes(staging),
        staging_dir=bytes(staging),
    )


def candidates(library: Library, session: int, start: int, count: int) -> Iterator[str]:
    """At most `count` candidates of a session from number `start` on."""
    found = CandidateList()
    if not library.call(CANDIDATE_LIST_FROM_INDEX, session, found, start):
        return
    try:
        while count > 0 and library.call(CANDIDATE_LIST_NEXT, found):
            yield found.candidate.text.decode()
            count -= 1
    finally:
        library.call(CANDIDATE_LIST_END, found)
