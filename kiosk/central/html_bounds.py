"""Bounds for HTML from outside, set before it is parsed (pure).

The parser follows the HTML standard, in which a tag may have to look through all open elements
and an attribute through all of its tag: time would grow with the square of depth and of
attributes (measured: 40,000 nested elements 8–22 s). This pass is linear. It leaves words alone.
"""

import re
from collections import Counter

MAX_BYTES = 4 * 1024 * 1024
"""The largest real body is 330 KB; pictures inside one may take more. Read in under 3 s."""
MAX_DEPTH = 400
"""Open elements; browsers stop at 512. Word processors nest some 30."""
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
    }.items()
}  # fmt: skip
"""Elements whose content is no markup; they end with their end tag, or never."""
_CLOSED_BY_THE_NEXT = frozenset(
    ("p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup")
)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_SWALLOWS = "plaintext"


def bounded(html: str, dropped: Counter[str]) -> str:
    """The same HTML without scripts, styles and comments, no deeper than `MAX_DEPTH`.

    Tags that lie deeper are left out, tags with too many attributes lose them; what stands
    after a comment, script or tag that never ends belongs to it. All is counted by kind.
    """
    parts: list[str] = []
    depth = position = 0
    while (match := _MARKUP.search(html, position)) is not None:
        parts.append(html[position : match.start()])
        if match[2] is None:
            dropped["comment"] += 1
            position = _comment_end(html, match.end())
            continue
        rest = _REST.match(html, match.end())
        if rest is None:
            dropped["unfinished tag"] += 1
            return "".join(parts)
        position = rest.end()
        closing, name = match[1], match[2].lower()
        if name in _RAW and not closing:
            kind, end = _RAW[name]
            dropped[kind] += 1
            found = end.search(html, position)
            if found is None:
                return "".join(parts)
            position = found.start()
            continue
        if name in _RAW or name == _SWALLOWS:
            continue
        if name not in _VOID and name not in _CLOSED_BY_THE_NEXT:
            if closing:
                depth -= 1
                if depth < 0:
                    depth = 0
                elif depth >= MAX_DEPTH:
                    parts.append(" ")
                    continue
            else:
                depth += 1
                if depth > MAX_DEPTH:
                    dropped["too deep"] += 1
                    parts.append(" ")
                    continue
        elif depth > MAX_DEPTH:
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
