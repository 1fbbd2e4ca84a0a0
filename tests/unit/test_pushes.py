"""What WeChat tells us, as values: every type, XML and JSON, and whatever is unusual."""

import json
from dataclasses import FrozenInstanceError

import pytest

from services.wechat import pushes
from tests.support import pushes as sent

LIST_ITEM = (
    "<List><TemplateId><![CDATA[T1]]></TemplateId><SubscribeStatusString><![CDATA[accept]]>"
    "</SubscribeStatusString><PopupScene>2</PopupScene></List>"
)
REJECTED = LIST_ITEM.replace("T1", "T2").replace("accept", "reject")


@pytest.mark.parametrize("event", pushes.EVENTS)
def test_an_event_is_known_in_any_case(event: str) -> None:
    for spelling in (event, event.upper()):
        push = pushes.read(sent.event_xml(spelling).encode())

        assert type(push) is pushes.EVENTS[event]
        assert isinstance(push, pushes.Event)
        assert push.name == spelling


def test_all_pushes_tell_who_when_and_what() -> None:
    push = pushes.read(sent.event_xml("CLICK", {"EventKey": "a"}, openid="o1", at=7).encode())

    assert (push.to, push.openid, push.created_at, push.name) == (sent.ACCOUNT, "o1", 7, "CLICK")
    assert push.fields["EventKey"] == "a"


def test_a_push_cannot_be_changed() -> None:
    push = pushes.read(sent.text_xml("草案").encode())

    with pytest.raises(FrozenInstanceError):
        push.openid = "o2"  # type: ignore[misc]  # that is what is tried


def test_a_message_from_an_article_tells_which() -> None:
    text = sent.message_xml("text", {"Content": "1", "MsgDataId": "2247", "Idx": "1"})

    push = pushes.read(text.encode())

    assert isinstance(push, pushes.Message)
    assert (push.article, push.article_position) == ("2247", 1)


def test_the_raw_key_of_a_scene_is_kept() -> None:
    push = pushes.read(sent.event_xml("subscribe", {"EventKey": "qrscene_a"}).encode())

    assert push.fields["EventKey"] == "qrscene_a"


@pytest.mark.parametrize("number", [9_007_199_254_740_993, 2**63 - 1])
def test_a_message_id_is_exact(number: int) -> None:
    in_xml = pushes.read(sent.text_xml("1", message_id=number).encode())
    in_json = pushes.read(sent.push_json({"MsgType": "text", "MsgId": number}).encode())
    as_words = pushes.read(sent.push_json({"MsgType": "text", "MsgId": str(number)}).encode())

    for push in (in_xml, in_json, as_words):
        assert isinstance(push, pushes.TextMessage)
        assert push.message_id == number
        assert push.key == f"{sent.OPENID}:{number}"


@pytest.mark.parametrize("listed", [True, False], ids=["an array", "an object"])
@pytest.mark.parametrize("nested", [True, False], ids=["nested", "at the top"])
def test_a_list_may_be_an_object_and_lie_anywhere(*, listed: bool, nested: bool) -> None:
    item = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "0"}
    told: dict[str, object] = {"List": [item] if listed else item}
    extra: dict[str, object] = {"SubscribeMsgPopupEvent": told} if nested else told
    event = {"MsgType": "event", "Event": "subscribe_msg_popup_event", "CreateTime": "1620963428"}

    push = pushes.read(sent.push_json(event | extra).encode())

    assert isinstance(push, pushes.SubscribePopup)
    assert push.created_at == 1620963428
    assert push.items == (pushes.SubscribeAnswer(template_id="T1", status="accept", scene="0"),)


def test_a_sent_event_in_json_has_words_for_numbers() -> None:
    item = {"TemplateId": "T1", "MsgID": "1700827132819554304", "ErrorCode": "0"}
    event = {"MsgType": "event", "Event": "subscribe_msg_sent_event"}

    push = pushes.read(sent.push_json({**event, "List": item}).encode())

    assert isinstance(push, pushes.SubscribeSent)
    assert push.items[0].message_id == 1700827132819554304


def test_blanks_around_words_are_kept() -> None:
    for words in ("  ", " 草案 ", "\n"):
        push = pushes.read(sent.text_xml(words).encode())

        assert isinstance(push, pushes.TextMessage)
        assert push.text == words


STRANGE_CONTENTS = {
    "missing": ("", ""),
    "empty": ("<Content></Content>", ""),
    "closed at once": ("<Content/>", ""),
    "twice": ("<Content>a</Content><Content>b</Content>", "a"),
    "three times": ("<Content>a</Content><Content>b</Content><Content>c</Content>", "a"),
    "with attributes": ("<Content a='1' b='2'>a</Content>", "a"),
    "with children": ("<Content>a<b>c</b></Content>", ""),
    "in two pieces": ("<Content><![CDATA[a]]><![CDATA[b]]></Content>", "ab"),
    "with an entity": ("<Content>a &lt;b&gt; &#x4f60;</Content>", "a <b> 你"),
    "with a comment": ("<Content>a<!-- not this -->b</Content>", "ab"),
    "with CDATA's end": ("<Content><![CDATA[a]]]]><![CDATA[>b]]></Content>", "a]]>b"),
    "with brackets": ("<Content><![CDATA[[a]]]></Content>", "[a]"),
}


@pytest.mark.parametrize("name", STRANGE_CONTENTS)
def test_words_stay_words_whatever_is_written(name: str) -> None:
    written, expected = STRANGE_CONTENTS[name]
    text = f"<xml><MsgType>text</MsgType><MsgId>1</MsgId>{written}</xml>"

    push = pushes.read(text.encode())

    assert isinstance(push, pushes.TextMessage)
    assert push.text == expected


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, ["a"], [{"a": 1}], "\ud800a\u0000"])
def test_words_stay_words_in_json_too(value: object) -> None:
    text = json.dumps({"MsgType": "text", "Content": value, "MsgId": value, "Idx": value})

    push = pushes.read(text.encode())

    assert isinstance(push, pushes.TextMessage)
    assert push.text in {"", "1.5", "a"}
    assert push.message_id == 0


def test_fractions_are_kept_as_written() -> None:
    text = '{"MsgType":"location","Location_X":23.100000000000000001,"Location_Y":NaN}'

    push = pushes.read(text.encode())

    assert isinstance(push, pushes.LocationMessage)
    assert push.fields["Location_X"] == "23.100000000000000001"
    assert (push.latitude, push.longitude) == (23.1, None)


@pytest.mark.parametrize(
    "written", ["", "x", "1.5", "1e3", "١٢", "1_000", "9" * 19, "9" * 5000, "--1", "+1", "0x10"]
)
def test_what_is_no_number_is_none(written: str) -> None:
    text = sent.push_xml({"MsgType": "text", "MsgId": written, "CreateTime": written})

    push = pushes.read(text.encode())

    assert isinstance(push, pushes.TextMessage)
    assert (push.message_id, push.created_at) == (0, 0)


@pytest.mark.parametrize("second", [-1, 253_402_300_800, 2**62])
def test_an_instant_that_no_calendar_has_is_none(second: int) -> None:
    assert pushes.read(sent.push_json({"CreateTime": second}).encode()).created_at == 0


def test_names_fit_into_their_columns() -> None:
    push = pushes.read(sent.event_xml("e" * 500, openid="o" * 65).encode())

    assert (push.name, push.openid) == ("e" * 64, "")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "words", "[]", "{}", "{", "null", '{"a":1}}', '{"a":' + "9" * 5000 + "}"),
        *("<xml>", "<xml/>", "<xml>a</xml>", "<xml></xml>", "<xml></xml><a>b</a>", "<a>b</c>"),
        *("<xml><a>b</a></xml>c", "<xml><a>&b;</a></xml>", "<!DOCTYPE xml><xml><a>b</a></xml>"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(text: str) -> None:
    with pytest.raises(pushes.PushUnreadable):
        pushes.read(text.encode())


@pytest.mark.parametrize(
    "encoded",
    [
        sent.text_xml("草案").encode("utf-8-sig"),
        b"\n\t " + sent.text_xml("草案").encode(),
        b"<?xml version='1.0' encoding='UTF-16'?>" + sent.text_xml("草案").encode(),
        b"<?xml version='1.0' encoding='utf-7'?>" + sent.text_xml("草案").encode(),
        sent.text_xml("草\x00\x1d\x08案").encode(),
        sent.text_xml("草\ufffe\uffff案").encode(),
        sent.text_xml("草案").encode().replace("案".encode(), b"\xff" + "案".encode() + b"\xe6"),
        sent.push_json({"MsgType": "text", "Content": "草\u0001案"}).encode(),
        b'{"MsgType":"text","Content":"\xe8\x8d\x89\\u0000\\ud83d\xe6\xa1\x88"}',
    ],
)
def test_odd_bytes_do_no_harm(encoded: bytes) -> None:
    push = pushes.read(encoded)

    assert isinstance(push, pushes.TextMessage)
    assert push.text == "草案"


def test_a_text_read_once_can_be_read_again() -> None:
    text = sent.text_xml("草案")

    assert pushes.read(text) == pushes.read(text.encode())


def _key(event: str, *, inside: str = "", at: int = 1, **fields: str) -> str:
    return pushes.read(sent.event_xml(event, fields, at=at, inside=inside).encode()).key


def test_events_of_one_second_are_told_apart() -> None:
    popup = "<SubscribeMsgPopupEvent>{}</SubscribeMsgPopupEvent>"
    published = "<PublishEventInfo><publish_id>{}</publish_id></PublishEventInfo>"
    keys = [
        _key("CLICK", EventKey="a"),
        _key("CLICK", EventKey="b"),
        _key("CLICK", EventKey="a", at=2),
        _key("VIEW", EventKey="a"),
        _key("subscribe"),
        _key("unsubscribe"),
        _key("TEMPLATESENDJOBFINISH", MsgID="1"),
        _key("TEMPLATESENDJOBFINISH", MsgID="2"),
        _key("MASSSENDJOBFINISH", MsgID="1"),
        _key("user_authorization_revoke", OpenID="o1", RevokeInfo="8"),
        _key("user_authorization_revoke", OpenID="o2", RevokeInfo="8"),
        _key("user_authorization_revoke", OpenID="o1", RevokeInfo="6"),
        _key("wxa_media_check", trace_id="1"),
        _key("wxa_media_check", trace_id="2"),
        _key("kf_create_session", KfAccount="a"),
        _key("kf_create_session", KfAccount="b"),
        _key("PUBLISHJOBFINISH", inside=published.format(1)),
        _key("PUBLISHJOBFINISH", inside=published.format(2)),
        _key("subscribe_msg_popup_event", inside=popup.format(LIST_ITEM)),
        _key("subscribe_msg_popup_event", inside=popup.format(REJECTED)),
        _key("subscribe_msg_change_event", inside=popup.format("")),
        _key("wxa_punish_event", event_type="1"),
        _key("wxa_punish_event", event_type="2"),
        _key("notify_service_msg_send_result", a="1"),
        _key("notify_service_msg_send_result", a="2"),
        _key("brand_new_event", a="1"),
        _key("brand_new_event", a="2"),
    ]

    assert len(set(keys)) == len(keys)


def test_message_ids_of_two_visitors_do_not_collide() -> None:
    first = pushes.read(sent.text_xml("1", openid="o1", message_id=1).encode())
    second = pushes.read(sent.text_xml("1", openid="o2", message_id=1).encode())

    assert first.key != second.key


@pytest.mark.parametrize(
    "fields", [{}, {"MsgType": "text"}, {"MsgType": "event", "Event": "CLICK"}]
)
def test_pushes_that_tell_too_little_are_told_apart_by_all_they_tell(
    fields: dict[str, object],
) -> None:
    first = pushes.of({"a": "1", **fields})
    second = pushes.of({"a": "2", **fields})

    assert first.key != second.key
    assert first.key == pushes.of({"a": "1", **fields}).key


def test_a_value_can_be_made_by_hand() -> None:
    push = pushes.TextMessage(openid="o1", created_at=1, text="草案")

    assert (push.text, push.message_id, push.menu_item) == ("草案", 0, None)
