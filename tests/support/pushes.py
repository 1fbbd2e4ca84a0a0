"""Pushes as WeChat sends them: written, signed and encrypted here without any code of ours."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

APPID = "wxba5fad812f8e6fb9"
ACCOUNT = "gh_97417a04a28d"
OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
AT = 1_772_416_800
NONCE = "415670741"

Notation = Literal["xml", "json"]


class Keys(Protocol):
    """A token and an EncodingAESKey, such as `envelope.Pair`."""

    @property
    def token(self) -> str: ...

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Secrets:
    """The same, for tests that need no pair of ours."""

    token: str = "a-token-for-nothing-but-tests"
    key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


SECRETS = Secrets()
NEXT_SECRETS = Secrets(
    token="the-token-that-comes-after-it", key="GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
)


def post(
    text: str | bytes,
    *,
    pair: Keys = SECRETS,
    appid: str = APPID,
    at: float = AT,
    nonce: str = NONCE,
    notation: Notation = "xml",
) -> tuple[str, bytes]:
    """A push in safe mode: its query and its body."""
    encrypted = encrypt(text, key=pair.key, appid=appid)
    query = signed_query(pair=pair, at=at, nonce=nonce, encrypted=encrypted)
    return query, wrapped(encrypted, notation)


def compatible_post(
    text: str,
    *,
    pair: Keys = SECRETS,
    appid: str = APPID,
    at: float = AT,
    nonce: str = NONCE,
) -> tuple[str, bytes]:
    """A push in compatible mode: everything in the clear, and once more encrypted."""
    encrypted = encrypt(text, key=pair.key, appid=appid)
    query = signed_query(pair=pair, at=at, nonce=nonce, encrypted=encrypted)
    if text.startswith("{"):
        return query, json.dumps(json.loads(text) | {"Encrypt": encrypted}).encode()
    extra = f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return query, text.replace("</xml>", extra).encode()


def plain_post(
    text: str | bytes, *, pair: Keys = SECRETS, at: float = AT, nonce: str = NONCE
) -> tuple[str, bytes]:
    """A push in plain mode."""
    return signed_query(pair=pair, at=at, nonce=nonce), _bytes(text)


def greeting(
    echo: str = "4375120948345356249",
    *,
    pair: Keys = SECRETS,
    at: float = AT,
    nonce: str = NONCE,
) -> str:
    """The query of the GET by which WeChat's console checks an address."""
    return f"{signed_query(pair=pair, at=at, nonce=nonce)}&{urlencode({'echostr': echo})}"


def signed_query(
    *, pair: Keys = SECRETS, at: float = AT, nonce: str = NONCE, encrypted: str | None = None
) -> str:
    """A query with the signatures that belong to it."""
    timestamp = str(int(at))
    values = {
        "signature": sign(pair.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }
    if encrypted is not None:
        signature = sign(pair.token, timestamp, nonce, encrypted)
        values |= {"openid": OPENID, "encrypt_type": "aes", "msg_signature": signature}
    return urlencode(values)


def sign(*parts: str) -> str:
    """WeChat's signature."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's choice


def encrypt(
    text: str | bytes, *, key: str, appid: str = APPID, prefix: bytes = b"0123456789abcdef"
) -> str:
    """WeChat's encryption: prefix, length, text and app id, padded to 32."""
    data = _bytes(text)
    plain = prefix + len(data).to_bytes(4, "big") + data + appid.encode()
    padding = 32 - len(plain) % 32
    return encrypt_raw(plain + bytes([padding]) * padding, key=key)


def encrypt_raw(plain: bytes, *, key: str) -> str:
    """The cipher alone, for what WeChat would never send; in whole blocks of 16."""
    encryptor = _cipher(key).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def decrypt(encrypted: str, *, key: str) -> tuple[str, str]:
    """The text and the app id that are inside."""
    decryptor = _cipher(key).decryptor()
    plain = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
    end = 20 + int.from_bytes(plain[16:20], "big")
    return plain[20:end].decode(), plain[end : -plain[-1]].decode()


def wrapped(encrypted: str, notation: Notation = "xml") -> bytes:
    """The body around what is encrypted."""
    if notation == "json":
        return json.dumps({"ToUserName": ACCOUNT, "Encrypt": encrypted}).encode()
    name = f"<ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
    return f"<xml>{name}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def unsealed(answer: bytes, *, pair: Keys = SECRETS, appid: str = APPID) -> str:
    """The reply inside an encrypted answer, read as WeChat would, its signature checked."""
    text = answer.decode().removeprefix("<xml>")
    sealed = json.loads(text) if text.startswith("{") else dict(re.findall(_FIELD, text))
    encrypted, timestamp, nonce = sealed["Encrypt"], str(sealed["TimeStamp"]), sealed["Nonce"]
    assert sealed["MsgSignature"] == sign(pair.token, timestamp, nonce, encrypted)
    reply, sealed_for = decrypt(encrypted, key=pair.key)
    assert sealed_for == appid
    return reply


def text_xml(
    text: str, *, openid: str = OPENID, message_id: int = 23_456_789_012_345_678, at: float = AT
) -> str:
    """A text message."""
    return message_xml("text", {"Content": text}, openid=openid, message_id=message_id, at=at)


def message_xml(
    kind: str,
    fields: dict[str, str],
    *,
    openid: str = OPENID,
    message_id: int = 23_456_789_012_345_678,
    at: float = AT,
) -> str:
    """A message of any kind."""
    own = fields | {"MsgId": str(message_id)}
    return push_xml({"MsgType": kind} | own, openid=openid, at=at)


def event_xml(
    event: str,
    fields: dict[str, str] | None = None,
    *,
    openid: str = OPENID,
    at: float = AT,
    inside: str = "",
) -> str:
    """An event; `inside` is XML that goes in as it is."""
    own = {"MsgType": "event", "Event": event} | (fields or {})
    return push_xml(own, openid=openid, at=at, inside=inside)


def push_xml(
    fields: dict[str, str], *, openid: str = OPENID, at: float = AT, inside: str = ""
) -> str:
    """A push with the fields given, numbers bare and words in CDATA as WeChat writes them."""
    named = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": str(int(at))}
    return f"<xml>{''.join(_element(*field) for field in (named | fields).items())}{inside}</xml>"


def push_json(fields: dict[str, object], *, openid: str = OPENID, at: float = AT) -> str:
    """A push as a mini-program may have it sent."""
    named = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": int(at)}
    return json.dumps(named | fields, ensure_ascii=False)


_FIELD = r"<(\w+)>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</\1>"


def _element(name: str, value: str) -> str:
    if value.isdecimal():
        return f"<{name}>{value}</{name}>"
    if "]]>" in value:
        return f"<{name}>{escape(value)}</{name}>"
    return f"<{name}><![CDATA[{value}]]></{name}>"


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _cipher(key: str) -> Cipher[modes.CBC]:
    raw = base64.b64decode(key + "=")
    return Cipher(algorithms.AES(raw), modes.CBC(raw[:16]))
