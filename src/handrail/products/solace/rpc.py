"""SEMP v1: XML commands and replies, the only public way to redundancy and the message spool.

Its errors come with HTTP 200. A list longer than asked for ends with a more-cookie that holds the command for
the rest. Document types and entities are refused by the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

PATH = "/SEMP"
PAGE = 100
SHOW_VERSION = b"<rpc><show><version/></show></rpc>"
SHOW_REDUNDANCY = b"<rpc><show><redundancy/></show></rpc>"
SHOW_CLIENTS = b"<rpc><show><client><name>*</name><vpn-name>*</vpn-name><connected/></client></show></rpc>"
SHOW_SPOOL = b"<rpc><show><message-spool><detail/></message-spool></show></rpc>"

_ERRORS = ("parse-error", "permission-error", "limit-error", "schema-error")
_VERSION = re.compile(r"(\d+)[._](\d+)(?:[._](\d+))?")


@dataclass(frozen=True, slots=True)
class Reply:
    """A good reply: what stands below `show`, and the command for what did not fit into it."""

    shown: Element
    more: bytes | None = None
    release: str = ""
    """The release that the broker names in the head of every reply."""


@dataclass(frozen=True, slots=True)
class RpcRefusal:
    """A command that was not carried out: which kind of error, and the broker's words."""

    kind: str
    words: str


def show_queues(name: str, page: int = PAGE) -> bytes:
    """This queue in every Message VPN, with its detail."""
    inner = f"<name>{escape(name)}</name><vpn-name>*</vpn-name><detail/>"
    count = f"<count/><num-elements>{page}</num-elements>"
    return f"<rpc><show><queue>{inner}{count}</queue></show></rpc>".encode()


def decode(body: bytes) -> Reply | RpcRefusal:
    """A reply; raises ValueError when it is none."""
    root = parse(body)
    if root.tag != "rpc-reply":
        raise ValueError("the answer is no SEMP reply")
    for kind in _ERRORS:
        found = root.find(kind)
        if found is not None:
            return RpcRefusal(kind, (found.text or "").strip()[:300])
    result = root.find("execute-result")
    if result is None:
        raise ValueError("the reply has no result")
    if result.get("code") != "ok":
        return RpcRefusal("execute-result", (result.get("reason") or result.get("code") or "")[:300])
    shown = root.find("rpc/show")
    if shown is None:
        raise ValueError("the reply shows nothing")
    more = root.find("more-cookie/rpc")
    return Reply(shown, None if more is None else _again(more), root.get("semp-version", "")[:60])


def parse(body: bytes) -> Element:
    """XML from outside; raises ValueError for what is none, and for document types and entities."""
    try:
        root: Element = defusedxml.ElementTree.fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        raise ValueError("the answer declares a document type or entities") from None
    except defusedxml.ElementTree.ParseError as problem:
        line, column = problem.position
        raise ValueError(f"the answer is not XML (line {line}, column {column})") from None
    except (UnicodeError, LookupError, ValueError):
        raise ValueError("the answer is not XML in an encoding known here") from None
    return root


def text(element: Element, path: str) -> str | None:
    """What stands at this path, trimmed; None when there is no such element."""
    found = element.find(path)
    return None if found is None else (found.text or "").strip()


def release(load: str) -> str:
    """The release in `soltr_10.25.0.217` or `soltr/10_25_0VMR`; the text itself when there is none."""
    found = _VERSION.search(load)
    return f"{found[1]}.{found[2]}.{found[3] or 0}" if found else load


def reply(version: str, inside: str, more: str = "") -> bytes:
    """A good reply around what `show` holds."""
    cookie = f"<more-cookie>{more}</more-cookie>" if more else ""
    return (
        f'<rpc-reply semp-version="{semp_version(version)}">\n  <rpc>\n    <show>\n{inside}\n    </show>\n'
        f'  </rpc>\n{cookie}<execute-result code="ok"/>\n</rpc-reply>\n'
    ).encode()


def refusal(version: str, kind: str, words: str) -> bytes:
    """A reply that refuses, as HTTP 200 carries it."""
    opened = f'<rpc-reply semp-version="{semp_version(version)}">\n'
    if kind == "execute-result":
        return f'{opened}<execute-result code="fail" reason="{escape(words)}"/>\n</rpc-reply>\n'.encode()
    return f"{opened}<{kind}>{escape(words)}</{kind}>\n</rpc-reply>\n".encode()


def semp_version(version: str) -> str:
    """How a software broker names its release in a reply: soltr/10_25_0VMR."""
    return f"soltr/{version.replace('.', '_')}VMR"


def elements(pairs: Iterable[tuple[str, str]], indent: int) -> str:
    """One element a line."""
    return "\n".join(f"{' ' * indent}<{name}>{escape(value)}</{name}>" for name, value in pairs)


def _again(more: Element) -> bytes:
    try:
        encoded: bytes = defusedxml.ElementTree.tostring(more)
    except RecursionError:
        raise ValueError("the reply is nested too deeply") from None
    return encoded
