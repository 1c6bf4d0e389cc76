"""Bounds for HTML from outside, set before it is parsed (pure).

The parser follows the HTML standard, in which a tag may have to look through all open elements
and an attribute through all of its tag: time would grow with the square of depth and of
attributes (measured: 40,000 nested elements 8–22 s). This pass is linear and keeps all words.
"""

import re
from collections import Counter

MAX_BYTES = 4 * 1024 * 1024
"""The largest real body is 330 KB; pictures written into one may take more."""
MAX_DEPTH = 400
"""Open elements; browsers stop at 512. Word processors nest some 30."""
MAX_FORMATTING = 16
"""Open formatting elements, which the parser opens anew in each block after one left open."""
MAX_TAGS = 100_000
"""The densest real body has 2,600 in 97 KB. Above it a body is no notice."""
MAX_ATTRIBUTES = 100
"""Of one tag; ten are many."""

_MARKUP = re.compile(r"<(?:!--|(/?)([a-zA-Z][^\s/>]*+))")
_REST = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+>""")
_VALUE = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_SEPARATOR = re.compile(r"[\s/]+")
_COMMENT_END = re.compile(r"--!?>")
_RAW = {
    name: (kind, re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE))
    for name, kind in {
        "script": "script", "style": "style", "xmp": "embedded", "iframe": "embedded",
        "noembed": "embedded", "noframes": "embedded", "title": "page title",
        "svg": "embedded", "math": "embedded",
    }.items()
}  # fmt: skip
"""Elements that are left out with all that stands in them."""
_FOREIGN = frozenset(("svg", "math"))
"""Without an end these swallow nothing."""

# How the parser keeps its stack of open elements (HTML standard, 13.2.4.2 and 13.2.6.4.7).
_UNCOUNTED = frozenset(
    ("p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup",
     "html", "head", "body", "form", "area", "base", "br", "col", "embed", "hr", "img", "input",
     "link", "meta", "source", "wbr")
)  # fmt: skip
"""Void, closed by the next of their kind, or only once there."""
_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt",
     "u")
)  # fmt: skip
"""Opened again after the element that they stood in was closed."""
_BARRIERS = frozenset(("table", "caption", "marquee", "object", "applet", "template", "select"))
"""An end tag closes nothing across one of these, but `</table>`."""
_BLOCKS = _BARRIERS | frozenset(
    ("address", "article", "aside", "blockquote", "button", "center", "details", "dialog", "dir",
     "div", "dl", "fieldset", "figcaption", "figure", "footer", "header", "hgroup", "listing",
     "main", "menu", "nav", "ol", "pre", "search", "section", "summary", "ul", "h1", "h2", "h3",
     "h4", "h5", "h6")
)  # fmt: skip


class RefusedHtml(Exception):
    """The body stays out, and its notice with it; the message says what is too much."""


def too_large(html: bytes | str) -> str:
    """What is wrong with the size of a body; empty if nothing is."""
    if len(html) > MAX_BYTES or (
        isinstance(html, str) and len(html.encode("utf-8", "replace")) > MAX_BYTES
    ):
        return f"is larger than {MAX_BYTES // 1024 // 1024} MB"
    return ""


class _Depth:
    """How many elements the parser will hold open; never fewer than it will."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._names: Counter[str] = Counter()
        self._formatting: Counter[str] = Counter()
        self._formatted = 0
        self._left_out: Counter[str] = Counter()

    @property
    def full(self) -> bool:
        return len(self._open) >= MAX_DEPTH

    def enter(self, name: str) -> bool:
        """Open an element; tells whether there was room for it."""
        if name in _FORMATTING:
            if self._formatted >= MAX_FORMATTING:
                self._left_out[name] += 1
                return False
            self._formatting[name] += 1
            self._formatted += 1
        else:
            if self.full:
                self._left_out[name] += 1
                return False
            self._open.append(name)
            self._names[name] += 1
        return True

    def leave(self, name: str) -> bool:
        """Close an element; tells whether it was let in."""
        if self._left_out[name]:
            self._left_out[name] -= 1
            return False
        if name in _FORMATTING:
            if self._formatting[name]:
                self._formatting[name] -= 1
                self._formatted -= 1
        elif self._names[name]:
            self._close(name)
        return True

    def _close(self, name: str) -> None:
        stops = _BARRIERS if name in _BLOCKS else _BLOCKS
        for place in range(len(self._open) - 1, -1, -1):
            found = self._open[place]
            if found == name:
                self._names.subtract(self._open[place:])
                del self._open[place:]
                return
            if found in stops and name != "table":
                return


def bounded(html: str, dropped: Counter[str]) -> str:
    """The same HTML without scripts, styles and comments, no deeper than `MAX_DEPTH`.

    Tags that lie deeper are left out, tags with too many attributes lose them; what stands
    after a comment, script or tag that never ends belongs to it. All is counted by kind.
    Raises RefusedHtml.
    """
    parts: list[str] = []
    depth, endless = _Depth(), set[str]()
    position = tags = 0
    while (match := _MARKUP.search(html, position)) is not None:
        parts.append(html[position : match.start()])
        if match[2] is None:
            dropped["comment"] += 1
            position = _comment_end(html, match.end())
            continue
        tags += 1
        if tags > MAX_TAGS:
            raise RefusedHtml(f"has more than {MAX_TAGS} tags")
        rest = _REST.match(html, match.end())
        if rest is None:
            dropped["unfinished tag"] += 1
            return "".join(parts)
        position = rest.end()
        closing, name = bool(match[1]), match[2].lower()
        if name == "plaintext" or (closing and name in _RAW):
            continue
        if name in _RAW:
            kind, end = _RAW[name]
            dropped[kind] += 1
            found = None if name in endless else end.search(html, position)
            if found is not None:
                position = found.start()
            elif name in _FOREIGN:
                endless.add(name)
            else:
                return "".join(parts)
            continue
        if name in _UNCOUNTED:
            let_in = not depth.full
        elif closing:
            let_in = depth.leave(name)
        else:
            let_in = depth.enter(name)
            if not let_in:
                dropped["too deep"] += 1
        if not let_in:
            parts.append(" ")
            continue
        parts.append(_few_attributes(html[match.start() : position], match, dropped))
    parts.append(html[position:])
    return "".join(parts)


def _comment_end(html: str, start: int) -> int:
    if html.startswith((">", "->"), start):
        return html.index(">", start) + 1
    found = _COMMENT_END.search(html, start)
    return len(html) if found is None else found.end()


def _few_attributes(tag: str, match: re.Match[str], dropped: Counter[str]) -> str:
    if len(tag) <= MAX_ATTRIBUTES:
        return tag
    if len(_SEPARATOR.findall(_VALUE.sub("=", tag))) <= MAX_ATTRIBUTES:
        return tag
    dropped["attribute"] += 1
    return f"<{match[1]}{match[2]}>"
