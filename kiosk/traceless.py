"""Leaving nothing of a visitor in the memory of this process.

Python and most libraries free memory without overwriting it, and what was typed stays readable in
it for days. glibc overwrites each block as it is freed when told so before the start
(``glibc.malloc.perturb``; the manual, "Memory Allocation Tunables"), if two things do not keep
blocks from it: its own per-thread cache (``tcache_count``), and Python's allocator, which
``PYTHONMALLOC=malloc`` takes out. Hence the program starts itself once more with these set.
"""

import ctypes
import gc
import os
import platform
import re
import resource
import sys
from collections.abc import Mapping
from typing import Any

PERTURB, TCACHE = "glibc.malloc.perturb", "glibc.malloc.tcache_count"
TUNABLES = {PERTURB: "85", TCACHE: "0"}
"""85: bytes are freed as 0x55 and come new as 0xAA."""
TUNABLES_NAME, ALLOCATOR_NAME = "GLIBC_TUNABLES", "PYTHONMALLOC"
ALLOCATOR = "malloc"
AGAIN = "MINGTANG_STARTED_AGAIN"
"""Set for the second start, so that there is no third one."""
PR_SET_DUMPABLE = 4
"""prctl(2)."""
TEXT_CACHES = ("textinput.label", "textinput.width", "kv.texture", "kv.image")
"""Kivy's, whose keys or values hold what was typed or shown."""


def prepared(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which freed memory is overwritten; other tunables stay as they are."""
    given = environment.get(TUNABLES_NAME, "")
    tunables = dict(part.split("=", 1) for part in given.split(":") if "=" in part)
    tunables |= TUNABLES
    return {
        **environment,
        TUNABLES_NAME: ":".join(f"{name}={value}" for name, value in tunables.items()),
        ALLOCATOR_NAME: ALLOCATOR,
    }


def is_prepared(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process overwrites what it frees."""
    given = environment.get(TUNABLES_NAME, "").split(":")
    wanted = all(f"{name}={value}" in given for name, value in TUNABLES.items())
    return wanted and environment.get(ALLOCATOR_NAME) == ALLOCATOR and _on_glibc()


def start_again() -> None:
    """Replace this process by the same one with its memory prepared; where that cannot be, or was
    done already, return. To be called first of all: nothing that is open or runs outlives it."""
    if is_prepared() or os.environ.get(AGAIN) or not _on_glibc():
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, sys.orig_argv, {**prepared(os.environ), AGAIN: "1"})


def leave_no_core() -> None:
    """Neither a crash nor another program of the same user gets this process's memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def drop_texts() -> None:
    """Empty the caches that keep texts: Kivy's, and that of `re`, whose patterns hold words."""
    from kivy.cache import Cache

    for name in TEXT_CACHES:
        if name in Cache._categories:
            Cache.remove(name)
    re.purge()


def drop_rows() -> None:
    """Let go of the rows that Kivy keeps for the next list, with what they showed last."""
    from kivy.uix.recycleview import views

    views._cached_views.clear()
    views._cache_count = 0


def empty_clipboard() -> None:
    """What one visitor copied, the next one cannot paste."""
    from kivy.core.clipboard import Clipboard

    for kind in Clipboard.get_types():
        Clipboard.put("", kind)


def keep_no_lines() -> None:
    """From now on Kivy's labels let go of their lines of text as soon as they are drawn.

    Kivy keeps them until the label's next text, for a label that is emptied for ever.
    """
    from kivy.core.text import LabelBase

    fill, refresh = LabelBase._texture_fill, LabelBase.refresh

    def fill_and_forget(label: Any, texture: Any) -> None:
        fill(label, texture)
        label._cached_lines = []

    def refresh_afresh(label: Any) -> None:
        label._cached_lines = []
        refresh(label)

    LabelBase._texture_fill, LabelBase.refresh = fill_and_forget, refresh_afresh


def wipe() -> None:
    """Drop what only caches and cycles still hold, and give free memory back.

    Takes a tenth of a second, because it looks through everything that lives. It must not take
    hold of what it looks through: with `gc.get_objects`, statements of a database that another
    thread closes at that moment were freed here, twice (a crash).
    """
    drop_texts()
    drop_rows()
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    if _on_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _on_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"
