"""Who sent it: the signatures of a query, compared in constant time and nowhere else."""

import re
from enum import StrEnum
from hashlib import sha1
from hmac import compare_digest
from urllib.parse import unquote_to_bytes

from services.errors import Forbidden

WINDOW_SECONDS = 300
"""How far WeChat's clock and ours may be apart; beyond it a push counts as stale."""

_LONGEST_QUERY = 2048
_TIMESTAMP = re.compile(rb"[0-9]{10}")


class Reason(StrEnum):
    """Why something was refused: for a figure of ours and whoever sets up an account."""

    SIZE = "size"
    QUERY = "query"
    """A value is missing, blank, there twice, or cannot be what it should be."""

    TOKEN = "token"  # noqa: S105 - a reason
    """The query is not signed with a token of ours."""

    STALE = "stale"
    PLAINTEXT = "plaintext"
    """Nothing is encrypted, though it has to be."""

    MESSAGE = "message"
    """The query is signed; what is encrypted is not."""

    KEY = "key"
    """It is signed, but cannot be decrypted with the key of that token."""

    APPID = "appid"
    """It is meant for another account."""

    DTD = "dtd"
    DEPTH = "depth"


class EnvelopeRefused(Forbidden):
    """It is not proven to come from WeChat, or holds what WeChat never sends.

    `reason` is for a figure of ours alone: outside, all refusals look the same.
    """

    code = "signature_refused"

    def __init__(self, reason: Reason) -> None:
        super().__init__()
        self.reason = reason


class Signed:
    """What a query says: every value there once, and those that count not blank."""

    __slots__ = ("_values", "nonce", "second", "timestamp")

    def __init__(self, query: bytes) -> None:
        if len(query) > _LONGEST_QUERY:
            raise EnvelopeRefused(Reason.QUERY)
        # Names are not decoded: there is one way to write each, and WeChat writes them so.
        told = [value.partition(b"=") for value in query.split(b"&")]
        self._values = {name: value for name, _, value in told}
        if len(self._values) < len(told):
            raise EnvelopeRefused(Reason.QUERY)
        self.nonce = self.value(b"nonce")
        self.timestamp = self.value(b"timestamp")
        if not _TIMESTAMP.fullmatch(self.timestamp):
            raise EnvelopeRefused(Reason.QUERY)
        self.second = int(self.timestamp)

    def value(self, name: bytes) -> bytes:
        """Give a value that must be there.

        Raises:
            EnvelopeRefused
        """
        value = self._values.get(name, b"")
        if value.isalnum():
            return value
        value = unquote_to_bytes(value.replace(b"+", b" "))
        if not (value.strip() and value.isascii()):
            raise EnvelopeRefused(Reason.QUERY)
        return value

    def is_by(self, token: bytes) -> bool:
        """Tell whether `signature` covers the query; it never covers a body."""
        expected = signature(token, self.timestamp, self.nonce)
        return compare_digest(expected, self.value(b"signature"))

    def covers(self, encrypted: bytes, token: bytes) -> bool:
        """Tell whether `msg_signature` covers what is encrypted."""
        expected = signature(token, self.timestamp, self.nonce, encrypted)
        return compare_digest(expected, self.value(b"msg_signature"))

    def is_stale(self, at: float) -> bool:
        """Tell whether it was signed too long before or after this instant of the machine."""
        return abs(at - self.second) > WINDOW_SECONDS


def signature(*parts: bytes) -> bytes:
    """Sign as WeChat does: SHA-1 over the parts in the order of their bytes."""
    return sha1(b"".join(sorted(parts))).hexdigest().encode()  # noqa: S324 - WeChat's choice
