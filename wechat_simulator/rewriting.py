"""Pages on their way into the phone: which of their links stay inside, and what they are called."""

from contextlib import suppress
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

ADDRESSES = ("href", "src", "action", "formaction", "poster")
Attributes = list[tuple[str, str | None]]


@dataclass(frozen=True)
class Page:
    """A page as the phone gets it."""

    html: str
    title: str


class Addresses:
    """Where the service's addresses, and everybody else's, are found from inside the phone."""

    def __init__(self, origin: str, *, leaving: str, consent: str) -> None:
        """Keep to one origin; `leaving` is the path of the page before any other.

        `consent` is the path at which WeChat itself, whatever it is called, is asked who reads.
        """
        self._origin = origin
        self._leaving = leaving
        self._consent = consent

    def reached(self, base: str, to: str) -> str:
        """Give the path inside the phone by which an address is reached."""
        absolute = urljoin(urljoin(self._origin, base), to)
        if self._is_own(absolute) or urlsplit(absolute).path == self._consent:
            return _path(absolute)
        return f"{self._leaving}?{urlencode({'to': absolute})}"

    def link(self, base: str, link: str) -> str:
        """Map a link; relative ones and those of other schemes are right as they are."""
        is_absolute = bool(urlsplit(link).netloc) and is_web(urljoin(base, link))
        return self.reached(base, link) if is_absolute else link

    def part(self, address: str) -> str:
        """Map the address of a part of a page; what is not the service's own stays as it is."""
        return _path(address) if self._is_own(address) else address

    def _is_own(self, address: str) -> bool:
        # By scheme, host and port as written: what looks alike may be somebody else.
        with suppress(ValueError):
            given, own = urlsplit(address), urlsplit(self._origin)
            return (given.scheme, given.netloc) == (own.scheme, own.netloc)
        return False


def rewrite(html: str, *, base: str, addresses: Addresses) -> Page:
    """Lead a page's addresses through the phone.

    Tags without a changed address stay as they are, to the byte.
    """
    reader = _Reader(html, base=base, addresses=addresses)
    reader.feed(html)
    reader.close()
    return Page(reader.written(), " ".join("".join(reader.title).split()))


def is_web(address: str) -> bool:
    """Tell whether this is an absolute http or https address."""
    with suppress(ValueError):
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.netloc)
    return False


class _Reader(HTMLParser):
    """Collects the tags that have to be written anew, and the title."""

    def __init__(self, html: str, *, base: str, addresses: Addresses) -> None:
        super().__init__(convert_charrefs=True)
        self._html = html
        self._base = base
        self._addresses = addresses
        self._edits: list[tuple[int, int, str]] = []
        self._in_title = False
        self._lines = [0]
        self.title: list[str] = []
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._in_title = tag == "title" and not self.title
        changed = [(name, self._changed(tag, name, value)) for name, value in attrs]
        if tag in {"a", "area", "form", "base"}:
            # WeChat's browser has one window.
            changed = [(name, value) for name, value in changed if name != "target"]
        if changed == attrs:
            return
        raw = self.get_starttag_text() or ""
        line, column = self.getpos()
        start = self._lines[line - 1] + column
        self._edits.append((start, start + len(raw), _tag(tag, changed, raw=raw)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)

    def written(self) -> str:
        """Put the page together."""
        parts, position = [], 0
        for start, end, text in self._edits:
            parts += [self._html[position:start], text]
            position = end
        return "".join([*parts, self._html[position:]])

    def _changed(self, tag: str, name: str, value: str | None) -> str | None:
        if value is None or name not in ADDRESSES:
            return value
        with suppress(ValueError):
            if tag in {"a", "area"} and name == "href":
                return self._addresses.link(self._base, value)
            return self._addresses.part(value)
        return value


def _tag(tag: str, attributes: Attributes, *, raw: str) -> str:
    written = "".join(
        f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attributes
    )
    return f"<{tag}{written}{' /' if raw.endswith('/>') else ''}>"


def _path(address: str) -> str:
    """Give an address without its host; two slashes at its head would name another host."""
    parts = urlsplit(address)
    path = "/" + parts.path.lstrip("/\\")
    return urlunsplit(("", "", path, parts.query, parts.fragment))
