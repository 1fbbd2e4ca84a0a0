"""Which addresses a link may lead to: asked when one is written and when it is followed."""

import re
from collections.abc import Iterable
from urllib.parse import urldefrag, urlsplit

from services.errors import Forbidden, Malformed

_OWN_PATH = re.compile(r"/(?:[a-z0-9]+(?:[-.][a-z0-9]+)*(?:/[a-z0-9]+(?:[-.][a-z0-9]+)*)*)?")
LEADING_ON = frozenset({"r", "open", "yuedu-yuanwen"})
"""First parts of our paths behind which there is no page but a redirect."""

_PAGE = re.compile(
    r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[1-9][0-9]{0,4})?(?:[/?#][\x21-\x7e]*)?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9.-]+(?:/[\x21-\x7e]*)?(?:\?[\x21-\x7e]*)?")


class HostUnknown(Malformed):
    """None of this service's addresses has that host."""

    code = "host_unknown"


class AddressForeign(Forbidden):
    """The address is none of this service's pages."""

    code = "address_not_ours"


def is_own_path(path: str) -> bool:
    """Tell whether it is a plain path of this service: no host, no query, nothing encoded.

    One that only leads on is none: a link could lead to itself by it, without end.
    """
    first = path.removeprefix("/").partition("/")[0]
    return _OWN_PATH.fullmatch(path) is not None and first not in LEADING_ON


def is_plain(address: str) -> bool:
    """Tell whether it is an https address without anything that two programs read differently."""
    return _PLAIN_URL.fullmatch(address) is not None and "\\" not in address


def is_allowed(address: str, hosts: Iterable[str]) -> bool:
    """Tell whether an https address lies on one of the hosts or their sub-domains.

    Everything that two programs could read differently is refused before the host is looked at:
    user names, ports, backslashes, control characters, blanks, names outside ASCII.
    """
    if not is_plain(address):
        return False
    host = urlsplit(address).hostname or ""
    return any(host == allowed or host.endswith("." + allowed) for allowed in hosts)


def own_page(address: str, *, base: str) -> str:
    """Give the address of a page of ours, as a browser names it, without its fragment.

    Raises:
        AddressForeign: scheme, host or port are not those of `base`, or it can be read in two ways.
    """
    plain = _PAGE.fullmatch(address) is not None and "\\" not in address
    if not plain or _origin(address) != _origin(base):
        raise AddressForeign(base=base)
    return urldefrag(address).url


def _origin(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:  # a port above 65535, brackets around something else
        return "", None, None
