"""XML and JSON as WeChat writes and reads them, without anything in them that could hurt."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal
from xml.parsers import expat

Notation = Literal["xml", "json"]
Fields = Mapping[str, Any]
"""What was written, whole: words, integers, truth values, None, mappings, lists of these.

XML has words only, JSON's fractions are kept as written. What is repeated in XML is a list.
"""

DEEPEST = 4
"""How many levels may lie below the outermost; PUBLISHJOBFINISH uses all four (read 2026-11-23)."""

_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BOM = "\ufeff"
_BLANK = " \t\n"
_FLAT = re.compile(r"<([A-Za-z_]\w*+)>(?:<!\[CDATA\[([^\]]*+)\]\]>|([^<>&]*+))</\1>", re.ASCII)
_DECODER = json.JSONDecoder(parse_float=str, parse_constant=str, strict=False)


class Unreadable(Exception):
    """It is neither XML nor JSON with something in it."""


class HasDtd(Unreadable):
    """It declares a DTD: entities, bombs and files of this machine all begin with one."""


class TooDeep(Unreadable):
    """It is nested deeper than WeChat ever writes."""


def cleaned(text: bytes) -> str:
    """Drop what neither XML nor a database takes: bad UTF-8, control characters, a leading BOM."""
    kept = text.translate(None, _CONTROLS).decode("utf-8", "ignore")
    return writable(kept.removeprefix(_BOM).lstrip())


def notation(text: str) -> Notation | None:
    """Tell XML from JSON by the first character; a Content-Type has been seen to lie."""
    if text.startswith("<"):
        return "xml"
    return "json" if text.startswith("{") else None


def fields(text: str) -> Fields:
    """Read what `cleaned` gave.

    Raises:
        Unreadable, of which HasDtd and TooDeep are kinds
    """
    written = notation(text)
    if written is None:
        raise Unreadable
    if written == "json":
        return _json_fields(text)
    return _flat_fields(text) or _xml_fields(text)


def cdata(text: str) -> str:
    """Give a text as XML that nothing in it can break out of."""
    return f"<![CDATA[{writable(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def writable(text: str) -> str:
    """Drop the characters that XML cannot hold."""
    return text if text.isprintable() else _UNWRITABLE.sub("", text)


class _Reader:
    """Collects what expat meets; text beside child elements is layout and is left out."""

    __slots__ = ("_open", "_text", "read_text")

    def __init__(self) -> None:
        self._open: list[dict[str, Any]] = [{}]
        self._text: list[str] = []
        self.read_text = self._text.append

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST + 1:
            raise TooDeep
        self._open.append({})
        self._text.clear()

    def end(self, name: str) -> None:
        value: Any = self._open.pop() or "".join(self._text)
        self._text.clear()
        parent = self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def root(self) -> object:
        return next(iter(self._open[0].values()))


def _flat_fields(text: str) -> Fields | None:
    """Read the XML that nearly all pushes are in half the time; None leaves it to expat.

    All it takes is elements without attributes, none there twice, holding plain text or CDATA.
    """
    parts = _FLAT.split(text.removeprefix("<xml>"))
    names = parts[1::4]
    found = {
        name: words or plain or ""
        for name, words, plain in zip(names, parts[2::4], parts[3::4], strict=True)
    }
    *layout, end = parts[::4]
    whole = text.startswith("<xml>") and end.strip(_BLANK) == "</xml>" and "\r" not in text
    flat = not "".join(layout).strip(_BLANK) and len(found) == len(names)
    return found if whole and flat else None


def _xml_fields(text: str) -> Fields:
    reader = _Reader()
    # Naming the encoding outvotes what the XML itself declares.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.read_text
    parser.StartDoctypeDeclHandler = _refuse_dtd
    try:
        parser.Parse(text, True)  # noqa: FBT003 - expat takes it by position only
    except expat.ExpatError as error:
        raise Unreadable from error
    root = reader.root()
    if not isinstance(root, dict):
        raise Unreadable
    return root


def _refuse_dtd(*_declared: object) -> None:
    raise HasDtd


def _json_fields(text: str) -> Fields:
    try:
        found = _DECODER.decode(text)
    except RecursionError as error:
        raise TooDeep from error
    except ValueError as error:
        raise Unreadable from error
    settled = _settled(found, DEEPEST)
    if not isinstance(settled, dict) or not settled:
        raise Unreadable
    return settled


def _settled(value: object, deeper: int) -> object:
    """Give a JSON value with words that can be stored: escapes bring in any character."""
    if isinstance(value, str):
        return writable(value)
    if not isinstance(value, dict | list):
        return value
    if deeper < 0:
        raise TooDeep
    if isinstance(value, list):
        return [_settled(item, deeper - 1) for item in value]
    return {name: _settled(item, deeper - 1) for name, item in value.items()}
