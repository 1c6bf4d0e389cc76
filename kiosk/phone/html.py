"""The page itself: it works without scripts; a few lines tell how far a file is."""

from collections.abc import Sequence
from html import escape

from kiosk.phone.visit import Arrival, Outcome
from kiosk.words import Words

STYLE = """
body{font:18px/1.5 sans-serif;margin:0 auto;max-width:36em;padding:1em;
 color:#111;background:#fff}
h1{font-size:1.3em}
input,button{display:block;width:100%;box-sizing:border-box;font:inherit}
input,button{margin:.6em 0;padding:.7em}
button{background:#0b57a4;color:#fff;border:0;border-radius:6px}
li{overflow-wrap:anywhere;word-break:break-all}
progress{width:100%}
.note{background:#fff4d6;padding:.6em}
"""
SCRIPT = """
var f=document.forms[0],p=document.getElementById('p');
f.onsubmit=function(){
 var q=[].slice.call(f.file.files),b=f.getElementsByTagName('button')[0];
 if(!q.length||!window.FormData)return true;
 b.disabled=true;
 function next(){
  var x=new XMLHttpRequest(),d=new FormData(),file=q.shift();
  if(!file){location.reload();return}
  d.append('file',file);
  p.hidden=false;p.value=0;
  x.upload.onprogress=function(e){if(e.lengthComputable)p.value=e.loaded/e.total};
  x.onload=next;
  x.onerror=function(){location.reload()};
  x.open('POST',location.href);
  x.send(d);
 }
 next();
 return false;
};
"""
"""One request for each file, so that a break loses one file."""


def policy(nonce: str) -> str:
    """The page's Content-Security-Policy: nothing from elsewhere, nothing inline but ours."""
    return (
        f"default-src 'none'; img-src data:; style-src 'nonce-{nonce}'; "
        f"script-src 'nonce-{nonce}'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def page(
    words: Words,
    arrivals: Sequence[Arrival],
    *,
    nonce: str,
    file_mb: int,
    encrypted: bool,
    full: bool,
) -> str:
    """The form, and what has arrived."""
    rows = "".join(
        f"<li>{escape(each.name_shown)}: {escape(_outcome(words, each))}</li>" for each in arrivals
    )
    listed = f"<h2>{_word(words, 'listed')}</h2><ul>{rows}</ul>" if rows else ""
    some = any(each.outcome is Outcome.ARRIVED for each in arrivals)
    done = f"<p class=note>{_word(words, 'look_up')}</p>" if some else ""
    secrecy = "" if encrypted else f"<p>{_word(words, 'local')}</p>"
    form = (
        f"<p class=note>{_word(words, 'full')}</p>"
        if full
        else (
            '<form method=post enctype="multipart/form-data" accept-charset=utf-8>'
            f"<label>{_word(words, 'choose', size=file_mb)}"
            "<input type=file name=file multiple required></label>"
            f"<button>{_word(words, 'send')}</button>"
            "<progress id=p max=1 value=0 hidden></progress></form>"
            f"<script nonce={nonce}>{SCRIPT}</script>"
        )
    )
    return _document(words, nonce, f"<p>{_word(words, 'text')}</p>{secrecy}{form}{done}{listed}")


def message(words: Words, key: str, *, nonce: str) -> str:
    """One sentence."""
    return _document(words, nonce, f"<p>{_word(words, key)}</p>")


def _document(words: Words, nonce: str, body: str) -> str:
    title = _word(words, "title")
    language = _word(words, "language")
    return (
        f"<!DOCTYPE html><html lang={language}><head><meta charset=utf-8><title>{title}</title>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        '<meta name=robots content=noindex><link rel=icon href="data:,">'
        f"<style nonce={nonce}>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    )


def _outcome(words: Words, arrival: Arrival) -> str:
    return words[f"phone.{arrival.outcome}"]


def _word(words: Words, name: str, **values: object) -> str:
    return escape(words[f"phone.{name}"].format(**values))
