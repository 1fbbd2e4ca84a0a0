"""Which addresses a link may lead to: asked when one is written and when it is followed."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_OWN_PATH = re.compile(r"/(?:[a-z0-9]+(?:[-.][a-z0-9]+)*(?:/[a-z0-9]+(?:[-.][a-z0-9]+)*)*)?")
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9.-]+(?:/[\x21-\x7e]*)?(?:\?[\x21-\x7e]*)?")


def is_own_path(path: str) -> bool:
    """Tell whether it is a plain path of this service: no host, no query, nothing encoded."""
    return _OWN_PATH.fullmatch(path) is not None


def is_allowed(address: str, hosts: Iterable[str]) -> bool:
    """Tell whether an https address lies on one of the hosts or their sub-domains.

    Everything that two programs could read differently is refused before the host is looked at:
    user names, ports, backslashes, control characters, blanks, names outside ASCII.
    """
    if not _PLAIN_URL.fullmatch(address) or "\\" in address:
        return False
    host = urlsplit(address).hostname or ""
    return any(host == allowed or host.endswith("." + allowed) for allowed in hosts)
