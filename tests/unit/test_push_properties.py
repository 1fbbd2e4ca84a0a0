"""Whatever bytes come: an opened push or one kind of refusal, and nothing that cannot be stored."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from services.wechat import markup, pushes
from services.wechat.envelope import Envelope, EnvelopeRefused, Opened, Pair
from tests.support import pushes as sent

EXAMPLES = 5_000
PAIR = Pair(sent.SECRETS.token, sent.SECRETS.key)
SAFE = Envelope(sent.APPID, [PAIR], "safe")
PLAIN = Envelope(sent.APPID, [PAIR], "plain")
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

thoroughly = settings(max_examples=EXAMPLES, deadline=None, database=None)
quickly = settings(max_examples=EXAMPLES // 5, deadline=None, database=None)

NAMES = (
    *("MsgType", "Event", "EventKey", "Content", "MsgId", "CreateTime", "FromUserName", "List"),
    *("ToUserName", "SubscribeMsgPopupEvent", "SendPicsInfo", "PicList", "item", "TemplateId"),
)
WORDS = (
    *("text", "event", "subscribe", "SCAN", "subscribe_msg_popup_event", "pic_weixin", "location"),
    *("qrscene_a", "2", "9" * 19, "9" * 30, "-1", "1e999", " ", "\r\n", "草案", "\x00", "\ufffe"),
)
XML_PIECES = (
    *(f"<{name}>" for name in NAMES),
    *(f"</{name}>" for name in NAMES),
    *(f"<{name}>{words}</{name}>" for name in NAMES for words in WORDS),
    *(f"<{name}><![CDATA[{words}]]></{name}>" for name in NAMES for words in WORDS),
    *("<![CDATA[", "]]>", "]", "&lt;", "&b;", "&#0;", "<a b='c'>", "<a/>", "<!-- a -->", "<?a?>"),
    *("</xml>", "<xml>", "<a><a><a><a><a>", "<!DOCTYPE a>", "<!ENTITY a 'b'>"),
)
JSON_PIECES = (
    *(f'"{name}":' for name in NAMES),
    *(f'"{name}":"{words}",' for name in NAMES for words in WORDS),
    *('{"a":', "}", "[", "]", ",", '"a"', "1", "1.5", "null", "NaN", "true", '"\\ud800\\u0000"'),
)


def _pieces(of: tuple[str, ...], start: str, end: str) -> st.SearchStrategy[bytes]:
    """Something that is nearly, and often really, what it should be; quickly made."""
    middle = st.lists(st.sampled_from(of), max_size=8).map("".join)
    return st.builds(lambda text, done: (start + text + end * done).encode(), middle, st.booleans())


XML = _pieces(XML_PIECES, "<xml>", "</xml>")
JSON = _pieces(JSON_PIECES, "{", '"a":1}')
TEXTS = XML | JSON | st.binary(max_size=60)


def _is_sound(opened: Opened) -> None:
    """All of it can be stored, and read again with the same outcome."""
    assert not UNSTORABLE.search(opened.text)
    if opened.push is not None:
        assert pushes.read(opened.text) == opened.push
        assert opened.push.key.isprintable() or opened.push.key.encode()
        assert len(opened.push.openid) <= 64
        assert len(opened.push.name) <= 64
        assert abs(opened.push.created_at) < 2**63


@thoroughly
@given(text=TEXTS)
def test_whatever_is_signed_is_opened_or_refused(text: bytes) -> None:
    query, body = sent.post(text)

    try:
        opened = SAFE.open(query.encode(), body, at=sent.AT)
    except EnvelopeRefused:
        return
    _is_sound(opened)


@quickly
@given(blocks=st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=4))
def test_whatever_is_encrypted_is_opened_or_refused(blocks: list[bytes]) -> None:
    encrypted = sent.encrypt_raw(b"".join(blocks), key=PAIR.key)
    query = sent.signed_query(encrypted=encrypted)

    try:
        opened = SAFE.open(query.encode(), sent.wrapped(encrypted), at=sent.AT)
    except EnvelopeRefused:
        return
    _is_sound(opened)


@quickly
@given(query=st.binary(max_size=80) | st.just(sent.signed_query().encode()), body=TEXTS)
def test_whatever_is_asked_is_opened_or_refused(query: bytes, body: bytes) -> None:
    for box in (SAFE, PLAIN):
        try:
            _is_sound(box.open(query, body, at=sent.AT))
        except EnvelopeRefused:
            continue


@quickly
@given(text=XML)
def test_the_quick_way_of_reading_xml_agrees_with_the_thorough_one(text: bytes) -> None:
    cleaned = markup.cleaned(text)

    quick = markup._flat_fields(cleaned)  # noqa: SLF001 - no door shows which way was taken

    if quick:
        assert quick == markup._xml_fields(cleaned)  # noqa: SLF001 - as above


@quickly
@given(fields=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=8), min_size=1, max_size=3))
def test_words_come_through_xml_unharmed(fields: dict[str, str]) -> None:
    text = "".join(f"<{name}>{markup.cdata(words)}</{name}>" for name, words in fields.items())

    read = markup.fields(markup.cleaned(f"<xml>{text}</xml>".encode("utf-8", "surrogatepass")))

    expected = {name: markup.writable(words) for name, words in fields.items()}
    assert read == {name: re.sub("\r\n?", "\n", words) for name, words in expected.items()}


@quickly
@given(words=st.text(max_size=40), notation=st.sampled_from(["xml", "json"]))
def test_what_is_sealed_can_be_unsealed(words: str, notation: sent.Notation) -> None:
    text = markup.writable(words)

    sealed = SAFE.seal(text, pair=PAIR, timestamp=sent.AT, nonce="1", notation=notation)

    assert sent.unsealed(sealed) == text
