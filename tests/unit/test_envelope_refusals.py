"""What is refused on the callback: whatever is wrong with it, all refusals look alike."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from services.wechat.envelope import LARGEST_BODY, Envelope, EnvelopeRefused, Pair, Reason
from tests.support import pushes as sent

PAIR = Pair(sent.SECRETS.token, sent.SECRETS.key)
NEXT = Pair(sent.NEXT_SECRETS.token, sent.NEXT_SECRETS.key)
STRANGER = sent.Secrets(token="a-token-that-is-not-ours-at-all", key="x" * 43)
TEXT = sent.text_xml("草案")
QUERY, BODY = sent.post(TEXT)


@dataclass(frozen=True)
class Case:
    """A request that has to be refused."""

    name: str
    reason: Reason
    query: str = QUERY
    body: bytes = BODY


def _without(name: str) -> str:
    return "&".join(part for part in QUERY.split("&") if not part.startswith(f"{name}="))


def _with(name: str, change: Callable[[str], str]) -> str:
    return re.sub(rf"(?<![a-z_]){name}=([^&]*)", lambda hit: f"{name}={change(hit[1])}", QUERY)


def _other(value: str) -> str:
    """The same but for the last character."""
    return value[:-1] + ("1" if value[-1] == "0" else "0")


def _sealed(plain: bytes) -> Case:
    """Something well signed whose inside is not as WeChat makes it."""
    encrypted = sent.encrypt_raw(plain, key=sent.SECRETS.key)
    query = sent.signed_query(encrypted=encrypted)
    return Case("", Reason.KEY, query, sent.wrapped(encrypted))


def _signed(name: str, reason: Reason, text: str | bytes, **how: str) -> Case:
    query, body = sent.post(text, appid=how.get("appid", sent.APPID))
    return Case(name, reason, query, body)


def _inside(name: str, reason: Reason, plain: bytes) -> Case:
    case = _sealed(plain)
    return Case(name, reason, case.query, case.body)


def _raw(name: str, encrypted: str) -> Case:
    query = sent.signed_query(encrypted=encrypted)
    return Case(name, Reason.KEY, query, sent.wrapped(encrypted))


def _by_stranger(name: str, reason: Reason, **secrets: str) -> Case:
    known = {"token": PAIR.token, "key": PAIR.key}
    query, body = sent.post(TEXT, pair=sent.Secrets(**known | secrets))
    return Case(name, reason, query, body)


HEAD = b"0123456789abcdef" + (2).to_bytes(4, "big") + b"{}"
APPID = sent.APPID.encode()
DEEP = "<a><b><c><d><e>1</e></d></c></b></a>"
BOMB = (
    "<!DOCTYPE lolz [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 11))
    + "]><xml><Content>&a10;</Content></xml>"
)
FILE = "<!DOCTYPE xml [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><xml><Content>&f;</Content></xml>"

VALUES = ("signature", "timestamp", "nonce", "msg_signature")
MISSING = [Case(f"no {name}", Reason.QUERY, _without(name)) for name in VALUES]
BLANK = [Case(f"blank {name}", Reason.QUERY, _with(name, lambda _: "")) for name in VALUES]
SPACES = [Case(f"{name} of spaces", Reason.QUERY, _with(name, lambda _: "+%20")) for name in VALUES]
TWICE = [Case(f"{name} twice", Reason.QUERY, f"{QUERY}&{name}=1") for name in (*VALUES, "openid")]
SAME_TWICE = [
    Case(f"the same {name} twice", Reason.QUERY, f"{QUERY}&{_with(name, str)}") for name in VALUES
]
WRONG = [
    Case("signature wrong by one", Reason.TOKEN, _with("signature", _other)),
    Case("signature in capitals", Reason.TOKEN, _with("signature", str.upper)),
    Case("signature cut short", Reason.TOKEN, _with("signature", lambda value: value[:-1])),
    Case("signature with more", Reason.TOKEN, _with("signature", lambda value: value + "0")),
    Case("signature not ASCII", Reason.QUERY, _with("signature", lambda _: "%E4%BD%A0")),
    Case("signature of bad UTF-8", Reason.QUERY, _with("signature", lambda _: "%FF%FE")),
    Case("timestamp wrong by one", Reason.TOKEN, _with("timestamp", _other)),
    Case("timestamp of words", Reason.QUERY, _with("timestamp", lambda _: "yesterday0")),
    Case("timestamp negative", Reason.QUERY, _with("timestamp", lambda _: "-177241680")),
    Case("timestamp endless", Reason.QUERY, _with("timestamp", lambda _: "9" * 400)),
    Case("timestamp in other digits", Reason.QUERY, _with("timestamp", lambda _: "%D9%A1" * 10)),
    Case("nonce wrong by one", Reason.TOKEN, _with("nonce", _other)),
    Case("msg_signature wrong by one", Reason.MESSAGE, _with("msg_signature", _other)),
    Case("the signature as msg_signature", Reason.MESSAGE, _with("msg_signature", lambda _: "a")),
    Case("an endless query", Reason.QUERY, f"{QUERY}&more={'a' * 5000}"),
    Case("thousands of values", Reason.QUERY, "&".join(f"a{n}=1" for n in range(5000))),
    Case("names in disguise", Reason.QUERY, QUERY.replace("signature", "%73ignature")),
    Case("no query", Reason.QUERY, ""),
    Case("a query of signs", Reason.QUERY, "&&&==%%%"),
]
BODIES = [
    Case("no body", Reason.PLAINTEXT, body=b""),
    Case("plaintext", Reason.PLAINTEXT, body=TEXT.encode()),
    Case("plaintext in JSON", Reason.PLAINTEXT, body=sent.push_json({"MsgType": "text"}).encode()),
    Case("nothing encrypted", Reason.PLAINTEXT, body=sent.wrapped("")),
    Case("not base64", Reason.PLAINTEXT, body=sent.wrapped("!?")),
    Case("neither XML nor JSON", Reason.PLAINTEXT, body=b"Encrypt=abc"),
    Case("UTF-16", Reason.PLAINTEXT, body=BODY.decode().encode("utf-16")),
    Case("UTF-7", Reason.PLAINTEXT, body=BODY.decode().encode("utf-7")),
    Case("another's Encrypt", Reason.MESSAGE, body=sent.post(sent.text_xml("别的"))[1]),
    Case(
        "Encrypt wrong by one",
        Reason.MESSAGE,
        body=BODY.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[A"),
    ),
    Case("more than is taken", Reason.SIZE, body=BODY + b" " * LARGEST_BODY),
    Case("a DTD nobody signed", Reason.PLAINTEXT, body=BOMB.encode()),
    Case("depth nobody signed", Reason.PLAINTEXT, body=b"<a>" * 20_000),
    Case("JSON depth nobody signed", Reason.PLAINTEXT, body=b'{"a":' * 10_000),
]
STRANGERS = [
    _by_stranger("another token", Reason.TOKEN, token=STRANGER.token),
    _by_stranger("another key", Reason.KEY, key=STRANGER.key),
    _by_stranger("the pair of another account", Reason.TOKEN, token="x" * 8, key=STRANGER.key),
    _by_stranger("the next token with the old key", Reason.KEY, token=NEXT.token),
    _by_stranger("no token", Reason.TOKEN, token=""),
    _signed("another app id", Reason.APPID, TEXT, appid="wx0000000000000000"),
    _signed("a longer app id", Reason.APPID, TEXT, appid=sent.APPID + "0"),
    _signed("a shorter app id", Reason.APPID, TEXT, appid=sent.APPID[:-1]),
    _signed("no app id", Reason.APPID, TEXT, appid=""),
]
INSIDES = [
    _inside("padding of nothing", Reason.KEY, b"0" * 15 + b"\0"),
    _inside("padding of 33", Reason.KEY, bytes([33]) * 48),
    _inside("padding of 255", Reason.KEY, b"\xff" * 256),
    _inside("padding not alike", Reason.KEY, HEAD + APPID + b"\1\2\3\4\5\6\7\x08"),
    _inside("padding longer than all", Reason.KEY, bytes([32]) * 16),
    _inside("nothing but padding", Reason.APPID, bytes([16]) * 16),
    _inside(
        "a length beyond the end", Reason.APPID, b"0" * 16 + b"\xff" * 4 + APPID + b"\x0a" * 10
    ),
    _inside("a length of nearly all", Reason.APPID, b"0" * 19 + b"\x12" + APPID + b"\x0a" * 10),
    _raw("not a whole block", "QUJDRA=="),
    _raw("base64 that is none", "QUJDR"),
]
DANGERS = [
    _signed("a DTD", Reason.DTD, f"<!DOCTYPE xml>{TEXT}"),
    _signed("a DTD below a declaration", Reason.DTD, f"<?xml version='1.0'?><!DOCTYPE xml>{TEXT}"),
    _signed("a bomb", Reason.DTD, BOMB),
    _signed("a file of ours", Reason.DTD, FILE),
    _signed("too deep", Reason.DEPTH, f"<xml>{DEEP}</xml>"),
    _signed("far too deep", Reason.DEPTH, "<a>" * 4_000 + "</a>" * 4_000),
    _signed("too deep and unfinished", Reason.DEPTH, "<a>" * 12_000),
    _signed("JSON too deep", Reason.DEPTH, '{"a":' * 6 + "1" + "}" * 6),
    _signed("JSON far too deep", Reason.DEPTH, '{"a":' * 7_000 + "1" + "}" * 7_000),
]  # fmt: skip
QUERIES = [*MISSING, *BLANK, *SPACES, *TWICE, *SAME_TWICE, *WRONG]
CASES = [*QUERIES, *BODIES, *STRANGERS, *INSIDES, *DANGERS]

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def _refusal(case: Case) -> EnvelopeRefused:
    box = Envelope(sent.APPID, [PAIR, NEXT], "safe")
    with pytest.raises(EnvelopeRefused) as refused:
        box.open(case.query.encode(), case.body, at=sent.AT)
    return refused.value


def test_the_corpus_is_of_use() -> None:
    assert len(CASES) >= 30
    assert {case.reason for case in CASES} == set(Reason) - {Reason.STALE}
    box = Envelope(sent.APPID, [PAIR, NEXT], "safe")
    assert box.open(QUERY.encode(), BODY, at=sent.AT).push is not None


@every_case
def test_it_is_refused_for_its_own_reason(case: Case) -> None:
    assert _refusal(case).reason is case.reason


def test_all_refusals_look_alike() -> None:
    refusals = [_refusal(case) for case in CASES]

    assert len({(type(it), it.code, str(it), repr(it.values)) for it in refusals}) == 1


@pytest.mark.parametrize(
    "case", [case for case in QUERIES if "msg_signature" not in case.name], ids=lambda it: it.name
)
def test_a_greeting_is_refused_for_the_same_reasons(case: Case) -> None:
    box = Envelope(sent.APPID, [PAIR, NEXT], "safe")

    with pytest.raises(EnvelopeRefused):
        box.verify(f"{case.query}&echostr=1".encode(), at=sent.AT)


@pytest.mark.parametrize("end", ["", "&echostr=", "&echostr=+", "&echostr=1&echostr=1"])
def test_a_greeting_without_an_echo_is_refused(end: str) -> None:
    box = Envelope(sent.APPID, [PAIR], "safe")

    with pytest.raises(EnvelopeRefused):
        box.verify((sent.signed_query() + end).encode(), at=sent.AT)


@pytest.mark.parametrize(
    "text",
    [
        sent.text_xml("<!DOCTYPE html> & <!ENTITY a 'b'>"),
        "<xml><a><b><c><d>1</d></c></b></a></xml>",
        sent.push_json({"a": {"b": {"c": {"d": 1}}}}),
    ],
    ids=["a DTD in words", "four levels", "four levels of JSON"],
)
def test_what_only_looks_dangerous_is_opened(text: str) -> None:
    query, body = sent.post(text)

    assert Envelope(sent.APPID, [PAIR], "safe").open(query.encode(), body, at=sent.AT).push
