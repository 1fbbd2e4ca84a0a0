"""The envelope around pushes: modes, rotation, the window, WeChat's own examples, the way back."""

import ast
import json

import pytest
from wechatpy.crypto import WeChatCrypto

from services.wechat import envelope, pushes
from services.wechat.envelope import Envelope, EnvelopeRefused, Opened, Pair, Reason
from tests.conftest import ROOT
from tests.support import pushes as sent

PAIR = Pair(sent.SECRETS.token, sent.SECRETS.key)
NEXT = Pair(sent.NEXT_SECRETS.token, sent.NEXT_SECRETS.key)
SAFE = Envelope(sent.APPID, [PAIR], "safe")
COMPATIBLE = Envelope(sent.APPID, [PAIR], "compatible")
PLAIN = Envelope(sent.APPID, [Pair(PAIR.token)], "plain")
ROTATING = Envelope(sent.APPID, [PAIR, NEXT], "safe")

OFFICIAL = Pair(token="AAAAA", key="A" * 43)
OFFICIAL_POST = (
    b"signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741"
    b"&openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY&encrypt_type=aes"
    b"&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
)
OFFICIAL_ENCRYPT = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZq"
    "zDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pe"
    "de2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebu"
    "fAlr7F9mFUPAJGj04="
)
OFFICIAL_REPLY = (
    "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
)


def _open(box: Envelope, post: tuple[str, bytes], *, at: float = sent.AT) -> Opened:
    query, body = post
    return box.open(query.encode(), body, at=at)


def _reason(box: Envelope, post: tuple[str, bytes], *, at: float = sent.AT) -> Reason:
    with pytest.raises(EnvelopeRefused) as refused:
        _open(box, post, at=at)
    return refused.value.reason


def test_the_official_greeting_is_answered() -> None:
    box = Envelope(sent.APPID, [OFFICIAL], "safe")
    query = (
        b"signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249"
        b"&timestamp=1714036504&nonce=1514711492"
    )

    assert box.verify(query, at=1714036504) == "4375120948345356249"


def test_the_official_plain_push_is_opened() -> None:
    box = Envelope(sent.APPID, [OFFICIAL], "plain")
    body = (
        b'{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime"'
        b':1714037059,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
    )
    query = b"signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059"
    query += b"&nonce=486452656"

    opened = box.open(query, body, at=1714037060)

    assert opened.notation == "json"
    assert isinstance(opened.push, pushes.UnknownPush)
    assert opened.push.fields["debug_str"] == "hello world"


@pytest.mark.parametrize("mode", ["compatible", "safe"])
@pytest.mark.parametrize("notation", ["xml", "json"])
def test_the_official_safe_push_is_opened(mode: envelope.Mode, notation: sent.Notation) -> None:
    box = Envelope(sent.APPID, [OFFICIAL], mode)

    opened = box.open(OFFICIAL_POST, sent.wrapped(OFFICIAL_ENCRYPT, notation), at=1714112445)

    assert opened.push is not None
    assert opened.push.name == "debug_demo"
    assert (opened.notation, opened.timestamp, opened.nonce) == (notation, 1714112445, "415670741")


def test_the_official_reply_is_what_we_would_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Envelope(sent.APPID, [OFFICIAL], "safe")
    monkeypatch.setattr("os.urandom", lambda _size: b"707722b803182950")

    sealed = box.seal(
        '{"demo_resp":"good luck"}',
        pair=OFFICIAL,
        timestamp=1713424427,
        nonce="415670741",
        notation="json",
    )

    assert json.loads(sealed) == {
        "Encrypt": OFFICIAL_REPLY,
        "MsgSignature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        "TimeStamp": 1713424427,
        "Nonce": "415670741",
    }


def test_a_slash_may_be_escaped_in_json() -> None:
    box = Envelope(sent.APPID, [OFFICIAL], "safe")
    body = sent.wrapped(OFFICIAL_ENCRYPT, "json").replace(b"/", rb"\/")

    assert box.open(OFFICIAL_POST, body, at=1714112445).push is not None


def test_a_push_in_safe_mode_is_opened() -> None:
    opened = _open(SAFE, sent.post(sent.text_xml("草案 在哪里？")))

    assert isinstance(opened.push, pushes.TextMessage)
    assert opened.push.text == "草案 在哪里？"
    assert opened.text == sent.text_xml("草案 在哪里？")
    assert opened.pair == PAIR
    assert not opened.stale


@pytest.mark.parametrize("text", ["<Encrypt>QUJD</Encrypt>", '"Encrypt":"QUJD"'])
@pytest.mark.parametrize("notation", ["xml", "json"])
def test_compatible_mode_opens_what_is_encrypted_whatever_a_visitor_writes(
    text: str, notation: str
) -> None:
    push = {"MsgType": "text", "Content": text, "MsgId": "1"}
    clear = sent.push_json(dict(push)) if notation == "json" else sent.push_xml(push)

    opened = _open(COMPATIBLE, sent.compatible_post(clear))

    assert isinstance(opened.push, pushes.TextMessage)
    assert opened.push.text == text


def test_the_mode_is_ours_and_never_the_requests() -> None:
    clear = sent.plain_post(sent.text_xml("草案"))

    assert _reason(SAFE, clear) is Reason.PLAINTEXT
    assert _reason(COMPATIBLE, clear) is Reason.PLAINTEXT
    assert isinstance(_open(PLAIN, clear).push, pushes.TextMessage)


def test_plain_mode_opens_nothing_that_is_encrypted() -> None:
    opened = _open(PLAIN, sent.post(sent.text_xml("草案")))

    assert isinstance(opened.push, pushes.UnknownPush)


def test_both_pairs_are_good_while_they_are_exchanged() -> None:
    old = _open(ROTATING, sent.post(sent.text_xml("草案")))
    new = _open(ROTATING, sent.post(sent.text_xml("草案"), pair=sent.NEXT_SECRETS))

    assert (old.pair, new.pair) == (PAIR, NEXT)


def test_only_the_key_may_be_exchanged() -> None:
    same_token = sent.Secrets(token=PAIR.token, key=NEXT.key)
    box = Envelope(sent.APPID, [PAIR, Pair(same_token.token, same_token.key)], "safe")

    opened = _open(box, sent.post(sent.text_xml("草案"), pair=same_token))

    assert opened.pair.key == NEXT.key


def test_a_pair_is_good_as_a_whole_only() -> None:
    mixed = sent.Secrets(token=PAIR.token, key=NEXT.key)

    assert _reason(ROTATING, sent.post(sent.text_xml("草案"), pair=mixed)) is Reason.KEY


@pytest.mark.parametrize("apart", [-300, -299, 0, 299, 300])
def test_what_is_signed_within_five_minutes_is_fresh(apart: int) -> None:
    assert not _open(SAFE, sent.post(sent.text_xml("草案"), at=sent.AT + apart)).stale


@pytest.mark.parametrize("apart", [-86_400, -301, 301])
def test_what_is_signed_at_another_time_is_stale(apart: int) -> None:
    assert _open(SAFE, sent.post(sent.text_xml("草案"), at=sent.AT + apart)).stale


@pytest.mark.parametrize("apart", [-301, 301])
def test_a_stale_greeting_is_refused(apart: int) -> None:
    with pytest.raises(EnvelopeRefused) as refused:
        SAFE.verify(sent.greeting(at=sent.AT + apart).encode(), at=sent.AT)

    assert refused.value.reason is Reason.STALE


def test_an_echo_is_given_back_as_it_came() -> None:
    echo = "a b+c&d=%<x>"

    assert SAFE.verify(sent.greeting(echo).encode(), at=sent.AT) == echo


def test_a_refusal_says_the_same_whatever_its_reason() -> None:
    refusals = [EnvelopeRefused(reason) for reason in Reason]

    assert {refusal.code for refusal in refusals} == {"signature_refused"}
    assert len({str(refusal) for refusal in refusals}) == 1


def test_what_is_signed_but_cannot_be_understood_is_kept() -> None:
    for text in ("", "no markup at all", "<xml><broken>", "{]", "[1]", "<xml>words</xml>"):
        opened = _open(SAFE, sent.post(text))

        assert opened.push is None
        assert opened.text == text


def test_characters_that_cannot_be_stored_are_dropped() -> None:
    text = sent.text_xml("在\x1d吗").encode().replace("在".encode(), "在".encode() + b"\xff\x00")

    opened = _open(SAFE, sent.post(text))

    assert isinstance(opened.push, pushes.TextMessage)
    assert opened.push.text == "在吗"
    assert "\x1d" not in opened.text


@pytest.mark.parametrize("size", range(20))
def test_every_length_of_padding_is_read(size: int) -> None:
    assert _open(SAFE, sent.post(sent.text_xml("a" * size))).push is not None


@pytest.mark.parametrize("notation", ["xml", "json"])
@pytest.mark.parametrize("pair", [PAIR, NEXT])
def test_a_reply_is_sealed_with_the_pair_of_its_push(notation: sent.Notation, pair: Pair) -> None:
    text = "<xml><Content><![CDATA[您好]]></Content></xml>"

    sealed = ROTATING.seal(text, pair=pair, timestamp=sent.AT, nonce="n]]>1", notation=notation)

    assert text not in sealed.decode()
    if notation == "json":
        assert sent.unsealed(sealed, pair=pair) == text


def test_wechatpy_opens_what_we_seal_and_we_open_what_it_seals() -> None:
    theirs = WeChatCrypto(PAIR.token, PAIR.key, sent.APPID)
    text = sent.text_xml("您好，草案在这里")

    sealed = SAFE.seal(text, pair=PAIR, timestamp=sent.AT, nonce="1", notation="xml")
    signed = sent.signed_query(encrypted=_encrypted(sealed), nonce="1")
    signature = dict(part.split("=") for part in signed.split("&"))["msg_signature"]

    assert theirs.decrypt_message(sealed, signature, str(sent.AT), "1") == text
    again = theirs.encrypt_message(text, "1", sent.AT)
    query = sent.signed_query(encrypted=_encrypted(again.encode()), nonce="1")
    assert SAFE.open(query.encode(), again.encode(), at=sent.AT).text == text


def test_two_replies_alike_are_sealed_differently() -> None:
    sealed = {
        SAFE.seal("好", pair=PAIR, timestamp=sent.AT, nonce="1", notation="xml") for _ in range(3)
    }

    assert len(sealed) == 3


def test_plain_mode_seals_nothing() -> None:
    sealed = PLAIN.seal("好", pair=Pair(PAIR.token), timestamp=1, nonce="1", notation="xml")

    assert sealed == "好".encode()


def test_a_key_whose_last_character_has_spare_bits_is_a_key() -> None:
    genuine = sent.Secrets(key=sent.SECRETS.key[:-1] + "S")
    box = Envelope(sent.APPID, [Pair(genuine.token, genuine.key)], "safe")

    assert _open(box, sent.post(sent.text_xml("草案"), pair=genuine)).push is not None


@pytest.mark.parametrize(
    ("appid", "pairs"),
    [
        (sent.APPID, []),
        (sent.APPID, [Pair("", PAIR.key)]),
        (sent.APPID, [Pair("   ", PAIR.key)]),
        (sent.APPID, [PAIR, Pair("", NEXT.key)]),
        ("", [PAIR]),
        (sent.APPID, [Pair(PAIR.token, "")]),
        (sent.APPID, [Pair(PAIR.token, PAIR.key[:-1])]),
        (sent.APPID, [Pair(PAIR.token, PAIR.key + "a")]),
        (sent.APPID, [Pair(PAIR.token, "=" * 43)]),
    ],
)
def test_weak_secrets_make_no_envelope(appid: str, pairs: list[Pair]) -> None:
    with pytest.raises(ValueError, match=r"needs an app id|43 letters"):
        Envelope(appid, pairs, "safe")


def test_no_secret_and_no_visitor_is_printed() -> None:
    opened = _open(SAFE, sent.post(sent.text_xml("草案")))

    printed = f"{PAIR!r} {opened!r} {opened.push!r}"

    for secret in (PAIR.token, PAIR.key, sent.OPENID, "草案"):
        assert secret not in printed


def test_secrets_are_compared_in_constant_time_only() -> None:
    """Nothing but counts and our own words is compared by an operator."""
    for module in ("envelope", "signatures"):
        source = (ROOT / "services" / "wechat" / f"{module}.py").read_text(encoding="utf-8")
        comparisons = [
            node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Compare)
        ]

        assert all(_is_harmless(comparison) for comparison in comparisons), module
        assert source.count("compare_digest(") == 2


def _is_harmless(comparison: ast.Compare) -> bool:
    """A comparison of size, or with one of our own literals."""
    ordering = all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in comparison.ops)
    return ordering or isinstance(comparison.comparators[0], ast.Constant)


def _encrypted(sealed: bytes) -> str:
    return sealed.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]
