"""The forms of addresses among the settings."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


def public_url(value: str) -> str:
    """Give an address under which people reach us, without a slash at its end.

    Raises:
        ValueError: its text is a key below `settings` in the texts.
    """
    if fault := _address_fault(urlsplit(value)):
        raise ValueError(fault)
    return value.rstrip("/")


def apart(value: object) -> object:
    """Take a list apart; in Python it may be one already."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _address_fault(parts: SplitResult) -> str | None:
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "not_an_address"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return "with_a_path"
    if parts.scheme == "http" and not _is_private(parts.hostname):
        return "http_in_public"
    return None


def is_database(url: str) -> bool:
    """Tell whether it is one of the two databases; one in memory ends with its process."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return False  # no address, or its port is no number
    if parts.get_backend_name() == "sqlite":
        return (parts.database or ":memory:") != ":memory:"
    return parts.get_backend_name() == "postgresql"


def is_mail_server(parts: SplitResult) -> bool:
    """Tell whether it is a server that takes mail."""
    try:
        known = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        return False  # its port is no number
    return bool(known) and not (parts.path.strip("/") or parts.query)


def is_robot(parts: SplitResult) -> bool:
    """Tell whether it is a group robot with its key."""
    safe = parts.scheme == "https" or _is_private(parts.hostname or "")
    return bool(safe and parts.hostname and parts.path.strip("/") and "key=" in parts.query)


def is_valkey(parts: SplitResult) -> bool:
    """Tell whether it is a Valkey, on a port or a socket."""
    if parts.scheme == "unix":
        return bool(parts.path)
    try:
        known = parts.scheme in {"valkey", "valkeys", "redis", "rediss"} and parts.port != 0
    except ValueError:
        return False  # its port is no number
    return known and bool(parts.hostname) and re.fullmatch(r"(?:/\d*)?", parts.path) is not None


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback
