"""The XML that WeChat writes, and reading the XML that is written to WeChat."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

Tree = Mapping[str, Any]


class NotMarkup(Exception):
    """This is not the XML of a message."""


def write(tree: Tree, *, root: str = "xml") -> str:
    """Write a tree as WeChat does: texts as CDATA, numbers bare, a list as repeated elements.

    Control characters that XML forbids go out as they are: Tencent really sends them.
    """
    return f"<{root}>{''.join(_element(name, value) for name, value in tree.items())}</{root}>"


def read(text: bytes) -> dict[str, Any]:
    """Read a message into a tree; an element that occurs again becomes a list.

    Raises:
        NotMarkup
    """
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotMarkup from error
    if root.tag != "xml":
        raise NotMarkup
    return _children(root)


def _element(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return write(value, root=name)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, str):
        return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
    return f"<{name}>{value}</{name}>"


def _children(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        value: Any = _children(child) if len(child) else (child.text or "")
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    return found
