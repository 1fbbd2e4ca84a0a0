"""The envelope around a push: who signed it, what is inside, and the same for the way back.

Of wechatpy this takes what is right, the cipher and the padding, and does itself what is not:
checking before reading, comparing in constant time, checking the padding, a prefix that cannot be
foretold, one kind of error, two pairs at once, JSON.
"""

import hmac
import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from wechatpy.crypto.cryptography import WeChatCipher
from wechatpy.crypto.pkcs7 import PKCS7Encoder

from services.wechat import markup, pushes
from services.wechat.markup import Notation
from services.wechat.signatures import EnvelopeRefused, Reason, Signed, signature

__all__ = ["LARGEST_BODY", "Envelope", "EnvelopeRefused", "Mode", "Opened", "Pair", "Reason"]

Mode = Literal["plain", "compatible", "safe"]

LARGEST_BODY = 65_536
"""Bytes. WeChat's own pushes are a few KB."""

_START = 64
"""So many bytes of a body tell its notation."""

_PREFIX = 16
_HEAD = _PREFIX + 4
_PADDING = 32
_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_ENCRYPT: Mapping[Notation, re.Pattern[bytes]] = {
    "xml": re.compile(
        rb"<Encrypt>\s*+(?:<!\[CDATA\[)?([A-Za-z0-9+/]++={0,2})(?:\]\]>)?\s*+</Encrypt>"
    ),
    "json": re.compile(rb'"Encrypt"\s*+:\s*+"((?:[A-Za-z0-9+/]|\\/)++={0,2})"'),
}


@dataclass(frozen=True)
class Pair:
    """A token and the EncodingAESKey that goes with it; plain mode needs no key."""

    token: str = field(repr=False)
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A push that is proven to come from WeChat."""

    text: str = field(repr=False)
    """As decrypted, without the characters that no database takes."""

    push: pushes.Push | None
    """None where the text is neither XML nor JSON: such a push is kept, and means nothing."""

    notation: Notation
    pair: Pair
    timestamp: int
    nonce: str
    stale: bool
    """Signed outside the window: good only as the repetition of what is stored already."""


class Envelope:
    """Opens what WeChat sends to one account and seals our answers, in the one mode configured."""

    def __init__(self, appid: str, pairs: Sequence[Pair], mode: Mode) -> None:
        """Take the pairs in use, the current one first, then the one of a rotation under way.

        Raises:
            ValueError: a token is blank, a key is none, or there is no pair.
        """
        if not pairs or not all(pair.token.strip() for pair in pairs) or not appid.strip():
            message = "An envelope needs an app id, and a token that is not blank."
            raise ValueError(message)
        self._appid = appid.encode()
        self._encrypted = mode != "plain"
        self._locks = {pair: _Lock(pair, encrypted=self._encrypted) for pair in pairs}

    def verify(self, query: bytes, *, at: float) -> str:
        """Give back the echostr of the GET by which WeChat's console checks an address.

        Raises:
            EnvelopeRefused
        """
        signed = Signed(query)
        self._signers(signed)
        if signed.is_stale(at):
            raise EnvelopeRefused(Reason.STALE)
        return signed.value(b"echostr").decode()

    def open(self, query: bytes, body: bytes, *, at: float) -> Opened:
        """Prove that a push comes from WeChat, then read it. `at` is the machine's time.

        Raises:
            EnvelopeRefused
        """
        if len(body) > LARGEST_BODY:
            raise EnvelopeRefused(Reason.SIZE)
        signed = Signed(query)
        signers = self._signers(signed)
        notation = markup.notation(markup.cleaned(body[:_START]))
        signer, content = signers[0], body
        if self._encrypted:
            signer, content = self._decrypted(signed, signers, _candidates(body, notation))
        text = markup.cleaned(content)
        return Opened(
            text=text,
            push=_read(text),
            notation=notation or "xml",
            pair=signer.pair,
            timestamp=signed.second,
            nonce=signed.nonce.decode(),
            stale=signed.is_stale(at),
        )

    def seal(
        self, text: str, *, pair: Pair, timestamp: int, nonce: str, notation: Notation
    ) -> bytes:
        """Encrypt and sign a reply with the pair that its push came with; plain stays plain.

        `success` and nothing are no replies: WeChat wants them as they are.
        """
        if not self._encrypted:
            return text.encode()
        lock = self._locks[pair]
        encrypted = lock.closed(text.encode(), self._appid)
        signed = signature(lock.token, b"%d" % timestamp, nonce.encode(), encrypted)
        write = _json_answer if notation == "json" else _xml_answer
        return write(encrypted.decode(), signed.decode(), timestamp=timestamp, nonce=nonce)

    def _signers(self, signed: Signed) -> list["_Lock"]:
        """Give the pairs whose token signed the query: rarely two, when only the key changes."""
        signers = [lock for lock in self._locks.values() if signed.is_by(lock.token)]
        if not signers:
            raise EnvelopeRefused(Reason.TOKEN)
        return signers

    def _decrypted(
        self, signed: Signed, signers: Sequence["_Lock"], candidates: Sequence[bytes]
    ) -> tuple["_Lock", bytes]:
        """Decrypt what is signed, with the pair whose token signed it."""
        reason = Reason.MESSAGE
        for lock, encrypted in product(signers, candidates):
            if not signed.covers(encrypted, lock.token):
                continue
            try:
                return lock, lock.opened(encrypted, self._appid)
            except EnvelopeRefused as error:
                reason = error.reason
        raise EnvelopeRefused(reason)


class _Lock:
    """A pair, made ready for use."""

    __slots__ = ("_cipher", "pair", "token")

    def __init__(self, pair: Pair, *, encrypted: bool) -> None:
        self.pair = pair
        self.token = pair.token.encode()
        if encrypted:
            self._cipher = _cipher(pair.key)

    def opened(self, encrypted: bytes, appid: bytes) -> bytes:
        """Decrypt: 16 random bytes, a length, the text, the app id, padding of 1 to 32 bytes."""
        try:
            plain: bytes = self._cipher.decrypt(b64decode(encrypted, validate=True))
        except ValueError as error:
            raise EnvelopeRefused(Reason.KEY) from error
        size = plain[-1]
        padding = bytes((size,)) * size
        if not (0 < size <= _PADDING and hmac.compare_digest(plain[-size:], padding)):
            raise EnvelopeRefused(Reason.KEY)
        end = _HEAD + int.from_bytes(plain[_PREFIX:_HEAD], "big")
        if not hmac.compare_digest(plain[end:-size], appid):
            raise EnvelopeRefused(Reason.APPID)
        return plain[_HEAD:end]

    def closed(self, text: bytes, appid: bytes) -> bytes:
        """Encrypt. The prefix is not wechatpy's, which comes from a foreseeable generator."""
        plain = os.urandom(_PREFIX) + len(text).to_bytes(4, "big") + text + appid
        return b64encode(self._cipher.encrypt(PKCS7Encoder.encode(plain)))


def _candidates(body: bytes, notation: Notation | None) -> Sequence[bytes]:
    """Give what may be the Encrypt of a body, found without parsing what nobody has signed.

    A visitor can write `<Encrypt>` into a text, which compatible mode sends along in the clear:
    the signature tells which is meant.
    """
    found: list[bytes] = _ENCRYPT[notation].findall(body) if notation else []
    if not found:
        raise EnvelopeRefused(Reason.PLAINTEXT)
    return found if notation == "xml" else [it.replace(rb"\/", b"/") for it in found]


def _cipher(key: str) -> WeChatCipher:
    """Make the cipher of an EncodingAESKey: AES-256-CBC, begun with the key's first block.

    Leniently, since the last character of a genuine key may have bits that base64 does not use.
    """
    if not _KEY.fullmatch(key):
        message = "An EncodingAESKey has 43 letters and digits."
        raise ValueError(message)
    return WeChatCipher(b64decode(key + "="))


def _read(text: str) -> pushes.Push | None:
    try:
        return pushes.of(markup.fields(text))
    except markup.HasDtd as error:
        raise EnvelopeRefused(Reason.DTD) from error
    except markup.TooDeep as error:
        raise EnvelopeRefused(Reason.DEPTH) from error
    except pushes.PushUnreadable:
        return None


def _xml_answer(encrypted: str, signature: str, *, timestamp: int, nonce: str) -> bytes:
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{markup.cdata(nonce)}</Nonce></xml>"
    ).encode()


def _json_answer(encrypted: str, signature: str, *, timestamp: int, nonce: str) -> bytes:
    sealed = {"Encrypt": encrypted, "MsgSignature": signature}
    return json.dumps(sealed | {"TimeStamp": timestamp, "Nonce": nonce}).encode()
