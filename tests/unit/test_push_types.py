"""Every type of push becomes its value: one example of each."""

from typing import Any

import pytest

from services.wechat import pushes
from services.wechat.pushes import Push
from tests.support import pushes as sent

LIST_ITEM = (
    "<List><TemplateId><![CDATA[T1]]></TemplateId><SubscribeStatusString><![CDATA[accept]]>"
    "</SubscribeStatusString><PopupScene>2</PopupScene></List>"
)
REJECTED = LIST_ITEM.replace("T1", "T2").replace("accept", "reject")
USER_DATA = {"OpenID": "oSubject", "UnionID": "u1", "AppID": "wx1", "RevokeInfo": "8"}

EXPECTED: dict[str, tuple[type[Push], dict[str, Any]]] = {
    sent.text_xml("草案"): (pushes.TextMessage, {"text": "草案", "menu_item": None}),
    sent.message_xml("text", {"Content": "1", "bizmsgmenuid": "101"}): (
        pushes.TextMessage,
        {"text": "1", "menu_item": "101"},
    ),
    sent.message_xml("image", {"PicUrl": "http://p", "MediaId": "m"}): (
        pushes.ImageMessage,
        {"picture_url": "http://p", "media_id": "m"},
    ),
    sent.message_xml("voice", {"MediaId": "m", "Format": "amr", "MediaId16K": "k"}): (
        pushes.VoiceMessage,
        {"media_id": "m", "format": "amr", "better_media_id": "k", "recognition": None},
    ),
    sent.message_xml("voice", {"MediaId": "m", "Format": "amr", "Recognition": "草案"}): (
        pushes.VoiceMessage,
        {"recognition": "草案", "better_media_id": None},
    ),
    sent.message_xml("video", {"MediaId": "m", "ThumbMediaId": "t"}): (
        pushes.VideoMessage,
        {"media_id": "m", "thumbnail_media_id": "t"},
    ),
    sent.message_xml("shortvideo", {"MediaId": "m", "ThumbMediaId": "t"}): (
        pushes.ShortVideoMessage,
        {"media_id": "m", "thumbnail_media_id": "t"},
    ),
    sent.message_xml(
        "location",
        {"Location_X": "23.134521", "Location_Y": "113.358803", "Scale": "20", "Label": "广州"},
    ): (
        pushes.LocationMessage,
        {"latitude": 23.134521, "longitude": 113.358803, "scale": 20, "label": "广州"},
    ),
    sent.message_xml("link", {"Title": "标题", "Description": "说明", "Url": "https://a"}): (
        pushes.LinkMessage,
        {"title": "标题", "description": "说明", "url": "https://a"},
    ),
    sent.message_xml(
        "miniprogrampage",
        {
            "Title": "标题",
            "AppId": "wx1",
            "PagePath": "pages/a",
            "ThumbUrl": "https://t",
            "ThumbMediaId": "t",
        },
    ): (
        pushes.MiniProgramPageMessage,
        {
            "title": "标题",
            "appid": "wx1",
            "path": "pages/a",
            "thumbnail_url": "https://t",
            "thumbnail_media_id": "t",
        },
    ),
    sent.event_xml("subscribe"): (pushes.Followed, {"scene": None, "ticket": None}),
    sent.event_xml("subscribe", {"EventKey": "qrscene_draft", "Ticket": "t"}): (
        pushes.Followed,
        {"scene": "draft", "ticket": "t"},
    ),
    sent.event_xml("subscribe", {"EventKey": "last_trade_no_1"}): (
        pushes.Followed,
        {"scene": None},
    ),
    sent.event_xml("unsubscribe", {"EventKey": "last_trade_no_1"}): (pushes.Unfollowed, {}),
    sent.event_xml("SCAN", {"EventKey": "draft", "Ticket": "t"}): (
        pushes.Scanned,
        {"scene": "draft", "ticket": "t"},
    ),
    sent.event_xml("LOCATION", {"Latitude": "23.1", "Longitude": "113.3", "Precision": "119.4"}): (
        pushes.LocationReported,
        {"latitude": 23.1, "longitude": 113.3, "precision": 119.4},
    ),
    sent.event_xml("CLICK", {"EventKey": "documents"}): (
        pushes.MenuClicked,
        {"menu_key": "documents"},
    ),
    sent.event_xml("VIEW", {"EventKey": "https://a/?b=1&c", "MenuId": "7"}): (
        pushes.MenuViewed,
        {"url": "https://a/?b=1&c", "menu_id": "7"},
    ),
    sent.event_xml("view_miniprogram", {"EventKey": "pages/a", "MenuId": "7"}): (
        pushes.MiniProgramViewed,
        {"path": "pages/a", "menu_id": "7"},
    ),
    sent.event_xml(
        "scancode_push",
        {"EventKey": "6"},
        inside="<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo>",
    ): (pushes.ScanCodePushed, {"menu_key": "6", "scan_type": "qrcode", "result": "1"}),
    sent.event_xml(
        "scancode_waitmsg",
        {"EventKey": "6"},
        inside="<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>2</ScanResult></ScanCodeInfo>",
    ): (pushes.ScanCodeWaited, {"menu_key": "6", "scan_type": "qrcode", "result": "2"}),
    sent.event_xml(
        "pic_sysphoto",
        {"EventKey": "6"},
        inside="<SendPicsInfo><Count>1</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item>"
        "</PicList></SendPicsInfo>",
    ): (pushes.PicturesSent, {"menu_key": "6", "count": 1, "checksums": ("a",)}),
    sent.event_xml(
        "pic_photo_or_album",
        {"EventKey": "6"},
        inside="<SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item><item>"
        "<PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>",
    ): (pushes.PicturesSent, {"count": 2, "checksums": ("a", "b")}),
    sent.event_xml(
        "pic_weixin", inside="<SendPicsInfo><Count>0</Count><PicList></PicList></SendPicsInfo>"
    ): (pushes.PicturesSent, {"count": 0, "checksums": ()}),
    sent.event_xml(
        "location_select",
        {"EventKey": "6"},
        inside="<SendLocationInfo><Location_X>23</Location_X><Location_Y>113</Location_Y><Scale>15"
        "</Scale><Label>广州</Label><Poiname></Poiname></SendLocationInfo>",
    ): (
        pushes.LocationSelected,
        {"latitude": 23.0, "longitude": 113.0, "scale": 15, "label": "广州", "place": ""},
    ),
    sent.event_xml("user_enter_tempsession", {"SessionFrom": "documents"}): (
        pushes.SessionEntered,
        {"session_from": "documents"},
    ),
    sent.event_xml("TEMPLATESENDJOBFINISH", {"MsgID": "200163836", "Status": "success"}): (
        pushes.TemplateSent,
        {"message_id": 200163836, "status": "success"},
    ),
    sent.event_xml(
        "templatesendjobfinish", {"MsgID": "200163840", "Status": "failed: system failed"}
    ): (pushes.TemplateSent, {"status": "failed: system failed"}),
    sent.event_xml(
        "MASSSENDJOBFINISH",
        {
            "MsgID": "1000001625",
            "Status": "err(30003)",
            "TotalCount": "10",
            "FilterCount": "9",
            "SentCount": "8",
            "ErrorCount": "1",
        },
        inside="<CopyrightCheckResult><Count>1</Count><ResultList><item><ArticleIdx>1</ArticleIdx>"
        "</item></ResultList></CopyrightCheckResult>",
    ): (
        pushes.MassSent,
        {
            "message_id": 1000001625,
            "status": "err(30003)",
            "total": 10,
            "filtered": 9,
            "sent": 8,
            "failed": 1,
        },
    ),
    sent.event_xml(
        "PUBLISHJOBFINISH",
        inside="<PublishEventInfo><publish_id>2247503051</publish_id><publish_status>0"
        "</publish_status><article_id>b5O2</article_id><article_detail><count>1</count><item><idx>1"
        "</idx><article_url>https://a</article_url></item></article_detail></PublishEventInfo>",
    ): (
        pushes.ArticlePublished,
        {
            "publish_id": "2247503051",
            "status": 0,
            "article_id": "b5O2",
            "urls": ("https://a",),
            "failed_positions": (),
        },
    ),
    sent.event_xml(
        "PUBLISHJOBFINISH",
        inside="<PublishEventInfo><publish_id>1</publish_id><publish_status>2</publish_status>"
        "<fail_idx>1</fail_idx><fail_idx>2</fail_idx></PublishEventInfo>",
    ): (pushes.ArticlePublished, {"status": 2, "urls": (), "failed_positions": (1, 2)}),
    sent.event_xml(
        "subscribe_msg_popup_event",
        inside=f"<SubscribeMsgPopupEvent>{LIST_ITEM}{REJECTED}</SubscribeMsgPopupEvent>",
    ): (
        pushes.SubscribePopup,
        {
            "items": (
                pushes.SubscribeAnswer(template_id="T1", status="accept", scene="2"),
                pushes.SubscribeAnswer(template_id="T2", status="reject", scene="2"),
            )
        },
    ),
    sent.event_xml(
        "subscribe_msg_change_event",
        inside=f"<SubscribeMsgChangeEvent>{REJECTED}</SubscribeMsgChangeEvent>",
    ): (
        pushes.SubscribeChange,
        {"items": (pushes.SubscribeAnswer(template_id="T2", status="reject", scene="2"),)},
    ),
    sent.event_xml(
        "subscribe_msg_sent_event",
        inside="<SubscribeMsgSentEvent><List><TemplateId>T1</TemplateId><MsgID>1864323726461255680"
        "</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List>"
        "</SubscribeMsgSentEvent>",
    ): (
        pushes.SubscribeSent,
        {
            "items": (
                pushes.SubscribeOutcome(
                    template_id="T1",
                    message_id=1864323726461255680,
                    error_code=0,
                    error_status="success",
                ),
            )
        },
    ),
    sent.event_xml("kf_create_session", {"KfAccount": "a@b"}): (
        pushes.ServiceSessionOpened,
        {"service_account": "a@b"},
    ),
    sent.event_xml("kf_close_session", {"KfAccount": "a@b"}): (
        pushes.ServiceSessionClosed,
        {"service_account": "a@b"},
    ),
    sent.event_xml("kf_switch_session", {"FromKfAccount": "a@b", "ToKfAccount": "c@b"}): (
        pushes.ServiceSessionMoved,
        {"previous_account": "a@b", "service_account": "c@b"},
    ),
    sent.event_xml("user_info_modified", USER_DATA): (
        pushes.UserInfoModified,
        {"subject_openid": "oSubject", "revoked": "8"},
    ),
    sent.event_xml("user_authorization_revoke", USER_DATA): (
        pushes.AuthorizationRevoked,
        {"subject_openid": "oSubject", "union_id": "u1", "appid": "wx1", "revoked": "8"},
    ),
    sent.event_xml("user_authorization_cancellation", USER_DATA): (
        pushes.AuthorizationCancelled,
        {"subject_openid": "oSubject"},
    ),
    sent.event_xml("qualification_verify_success", {"ExpiredTime": "1442401156"}): (
        pushes.QualificationVerified,
        {"expires_at": 1442401156, "failed_at": 0, "reason": ""},
    ),
    sent.event_xml("qualification_verify_fail", {"FailTime": "1442401122", "FailReason": "因"}): (
        pushes.QualificationRefused,
        {"expires_at": 0, "failed_at": 1442401122, "reason": "因"},
    ),
    sent.event_xml("naming_verify_success", {"ExpiredTime": "1"}): (pushes.NameVerified, {}),
    sent.event_xml("naming_verify_fail", {"FailTime": "1"}): (pushes.NameRefused, {}),
    sent.event_xml("annual_renew", {"ExpiredTime": "1"}): (pushes.RenewalDue, {"expires_at": 1}),
    sent.event_xml("verify_expired", {"ExpiredTime": "1"}): (pushes.VerificationExpired, {}),
    sent.event_xml(
        "wxa_media_check",
        {"appid": "wx1", "trace_id": "60f9-1", "version": "2", "errcode": "-1008"},
    ): (
        pushes.MediaChecked,
        {
            "appid": "wx1",
            "trace_id": "60f9-1",
            "version": 2,
            "error_code": -1008,
            "suggestion": "",
            "label": 0,
            "details": (),
        },
    ),
    sent.push_json(
        {
            "MsgType": "event",
            "Event": "wxa_media_check",
            "trace_id": "60f9-1",
            "version": 2,
            "errcode": 0,
            "result": {"suggest": "risky", "label": 20001},
            "detail": [{"strategy": "content_model", "prob": 90}],
        }
    ): (
        pushes.MediaChecked,
        {
            "error_code": 0,
            "suggestion": "risky",
            "label": 20001,
            "details": ({"strategy": "content_model", "prob": 90},),
        },
    ),
    sent.event_xml("wxa_punish_event", {"event_type": "3"}): (
        pushes.MiniProgramPunished,
        {"kind": 3},
    ),
    sent.event_xml("notify_service_msg_send_result"): (pushes.ServiceNoticeSent, {}),
    '{"action":"CheckContainerPath"}': (pushes.PathChecked, {"action": "CheckContainerPath"}),
    "<xml><action>CheckContainerPath</action></xml>": (
        pushes.PathChecked,
        {"action": "CheckContainerPath", "name": "CheckContainerPath"},
    ),
    sent.event_xml("brand_new_event", {"New": "1"}): (
        pushes.UnknownPush,
        {"name": "brand_new_event"},
    ),
    sent.message_xml("hologram", {"New": "1"}): (pushes.UnknownPush, {"name": "hologram"}),
}


@pytest.mark.parametrize(("text", "expected"), EXPECTED.items(), ids=range(len(EXPECTED)))
def test_a_push_becomes_a_value(text: str, expected: tuple[type[Push], dict[str, Any]]) -> None:
    kind, attributes = expected

    push = pushes.read(text.encode())

    assert type(push) is kind
    assert {name: getattr(push, name) for name in attributes} == attributes


def test_every_type_is_tried_here() -> None:
    tried = {kind for kind, _ in EXPECTED.values()}

    assert {*pushes.MESSAGES.values(), *pushes.EVENTS.values()} <= tried


def test_a_repetition_has_the_same_key() -> None:
    for text in EXPECTED:
        assert pushes.read(text.encode()).key == pushes.read(text.encode()).key
