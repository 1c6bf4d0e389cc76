"""What of an HTML document is seen, in order: elements that count, and text (pure)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from display.body import PICTURE

_LEFT_OUT = {
    "script": "script", "style": "style", "title": "page title", "head": "",
    "template": "hidden", "noscript": "script",
    **dict.fromkeys(("input", "select", "button", "datalist", "option", "progress", "meter"),
                    "form control"),
    **dict.fromkeys(("iframe", "object", "embed", "applet", "video", "audio", "canvas", "svg",
                     "math", "frame", "frameset", "noframes", "noembed", "map"), "embedded"),
    **dict.fromkeys(("base", "link", "meta"), "page setting"),
}  # fmt: skip
"""Elements that are left out with all that stands in them, and what they are counted as."""

_KEPT = frozenset(
    ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "ul", "ol", "li", "dl", "dt",
     "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "b", "strong", "i",
     "em", "u", "s", "strike", "del", "ins", "sup", "sub", "a", "span", "font", "pre",
     "blockquote", "center", "section", "article", "header", "footer", "main", "nav", "aside",
     "address", "figure", "figcaption", "fieldset", "legend", "details", "summary", "textarea")
)  # fmt: skip
"""The allow-list: these mean something. Of all others only the text in them is read."""

_ATTRIBUTES = frozenset(
    ("colspan", "rowspan", "href", "start", "value", "reversed", "type", "role")
)
_REMOTE = frozenset(("src", "background", "action", "srcset", "data", "poster", "cite", "ping"))

_HIDDEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    r"|opacity\s*:\s*0(?:\.0*)?\s*(?:!|;|$)|font-size\s*:\s*0(?:\.0*)?(?:px|pt|em|%)?\s*(?:!|;|$))",
    re.IGNORECASE,
)
_REMOTE_STYLE = re.compile(r"url\s*\(|@import|expression\s*\(", re.IGNORECASE)
_WEIGHT = re.compile(r"(?:^|;)\s*font-weight\s*:\s*([a-z0-9]+)", re.IGNORECASE)
_STRUCK = re.compile(r"(?:^|;)\s*text-decoration[a-z-]*\s*:[^;]*line-through", re.IGNORECASE)
_SPECK = re.compile(r"\s*[0-3](?:\.\d*)?(?:px)?\s*")
"""The width of a picture that only counts visitors."""
_LONGEST_STYLE = 2000


@dataclass(frozen=True, slots=True)
class Start:
    """An element begins."""

    name: str
    attributes: Mapping[str, str]
    """Those of the allow-list."""
    bold: bool | None = None
    """What its style says of weight; None: nothing."""
    struck: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """An element ends."""

    name: str


Event = Start | End | str


def events(html: str, dropped: Counter[str]) -> Iterator[Event]:
    """Walk over what is seen of parsed `html`, without recursion; count the rest in `dropped`."""
    node: Any = LexborHTMLParser(html).root
    open_names: list[str] = []
    while node is not None:
        inside = None
        if node.tag == "-text":
            yield node.text_content or ""
            name = None
        else:
            start = _start(node, dropped)
            name = None if start is None else start.name
            if start is not None:
                yield start
                inside = node.child
        if inside is not None:
            open_names.append(name or "")
            node = inside
            continue
        if name is not None:
            yield End(name)
        while node is not None and node.next is None:
            node = node.parent
            if not open_names:
                return
            yield End(open_names.pop())
        node = None if node is None else node.next


def _start(node: Any, dropped: Counter[str]) -> Start | None:
    name = node.tag
    if name in {"-comment", "-doctype", "-document", "-undef"} or name.startswith(("-", "!")):
        dropped["comment"] += name == "-comment"
        return None
    attributes = node.attributes
    kept = _attributes(attributes, dropped) if attributes else {}
    style = (attributes.get("style") or "")[:_LONGEST_STYLE] if attributes else ""
    if "hidden" in attributes or (style and _HIDDEN.search(style)):
        dropped["hidden"] += 1
        return None
    if name in _LEFT_OUT:
        if _LEFT_OUT[name]:
            dropped[_LEFT_OUT[name]] += 1
        return None
    if name == "img":
        return _picture(attributes, dropped)
    if name not in _KEPT:
        name = "html" if name in {"html", "body"} else "span"
    weight = _WEIGHT.search(style) if style else None
    bold = None
    if weight is not None:
        said = weight[1].lower()
        bold = said in {"bold", "bolder"} or (said.isdigit() and int(said) >= 600)
    return Start(name, kept, bold, bool(style and _STRUCK.search(style)))


def _picture(attributes: Mapping[str, str | None], dropped: Counter[str]) -> Start | None:
    """A picture's place, and the words that its author gave for it."""
    dropped["picture"] += 1
    if any(_SPECK.fullmatch(attributes.get(side) or "") for side in ("width", "height")):
        return None
    return Start("img", {"alt": f"{PICTURE}{(attributes.get('alt') or '').strip()}"})


def _attributes(given: Mapping[str, str | None], dropped: Counter[str]) -> dict[str, str]:
    kept = {}
    for name, value in given.items():
        if name in _ATTRIBUTES:
            kept[name] = (value or "").strip()
        elif name.startswith("on"):
            dropped["event handler"] += 1
        elif name in _REMOTE or (
            name == "style" and _REMOTE_STYLE.search((value or "")[:_LONGEST_STYLE])
        ):
            dropped["remote reference"] += 1
        else:
            dropped["attribute"] += 1
    return kept
