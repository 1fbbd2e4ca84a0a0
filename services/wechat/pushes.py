"""Pushes: what WeChat tells us, as values. A type is found here by WeChat's own word for it."""

from dataclasses import dataclass

from services.wechat import markup
from services.wechat.markup import Fields
from services.wechat.markup import Unreadable as PushUnreadable
from services.wechat.push_events import (
    Followed,
    LocationReported,
    LocationSelected,
    MenuClicked,
    MenuViewed,
    MiniProgramViewed,
    PicturesSent,
    ScanCodePushed,
    ScanCodeWaited,
    Scanned,
    SessionEntered,
    SubscribeAnswer,
    SubscribeChange,
    SubscribeOutcome,
    SubscribePopup,
    SubscribeSent,
    Unfollowed,
)
from services.wechat.push_messages import (
    ImageMessage,
    LinkMessage,
    LocationMessage,
    MiniProgramPageMessage,
    ShortVideoMessage,
    TextMessage,
    VideoMessage,
    VoiceMessage,
)
from services.wechat.push_notices import (
    ArticlePublished,
    AuthorizationCancelled,
    AuthorizationRevoked,
    MassSent,
    MediaChecked,
    MiniProgramPunished,
    NameRefused,
    NameVerified,
    PathChecked,
    QualificationRefused,
    QualificationVerified,
    RenewalDue,
    ServiceNoticeSent,
    ServiceSession,
    ServiceSessionClosed,
    ServiceSessionMoved,
    ServiceSessionOpened,
    TemplateSent,
    UserDataEvent,
    UserInfoModified,
    Verification,
    VerificationExpired,
)
from services.wechat.push_shapes import Event, Message, Push, shaped, words

__all__ = [
    "ArticlePublished",
    "AuthorizationCancelled",
    "AuthorizationRevoked",
    "Event",
    "Followed",
    "ImageMessage",
    "LinkMessage",
    "LocationMessage",
    "LocationReported",
    "LocationSelected",
    "MassSent",
    "MediaChecked",
    "MenuClicked",
    "MenuViewed",
    "Message",
    "MiniProgramPageMessage",
    "MiniProgramPunished",
    "MiniProgramViewed",
    "NameRefused",
    "NameVerified",
    "PathChecked",
    "PicturesSent",
    "Push",
    "PushUnreadable",
    "QualificationRefused",
    "QualificationVerified",
    "RenewalDue",
    "ScanCodePushed",
    "ScanCodeWaited",
    "Scanned",
    "ServiceNoticeSent",
    "ServiceSession",
    "ServiceSessionClosed",
    "ServiceSessionMoved",
    "ServiceSessionOpened",
    "SessionEntered",
    "ShortVideoMessage",
    "SubscribeAnswer",
    "SubscribeChange",
    "SubscribeOutcome",
    "SubscribePopup",
    "SubscribeSent",
    "TemplateSent",
    "TextMessage",
    "Unfollowed",
    "UnknownPush",
    "UserDataEvent",
    "UserInfoModified",
    "Verification",
    "VerificationExpired",
    "VideoMessage",
    "VoiceMessage",
    "of",
    "read",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPush(Push):
    """Something that WeChat tells and this version does not know; `fields` has all of it."""


MESSAGES: dict[str, type[Push]] = {
    "text": TextMessage,
    "image": ImageMessage,
    "voice": VoiceMessage,
    "video": VideoMessage,
    "shortvideo": ShortVideoMessage,
    "location": LocationMessage,
    "link": LinkMessage,
    "miniprogrampage": MiniProgramPageMessage,
}
"""By MsgType."""

EVENTS: dict[str, type[Push]] = {
    "subscribe": Followed,
    "unsubscribe": Unfollowed,
    "scan": Scanned,
    "location": LocationReported,
    "click": MenuClicked,
    "view": MenuViewed,
    "view_miniprogram": MiniProgramViewed,
    "scancode_push": ScanCodePushed,
    "scancode_waitmsg": ScanCodeWaited,
    "pic_sysphoto": PicturesSent,
    "pic_photo_or_album": PicturesSent,
    "pic_weixin": PicturesSent,
    "location_select": LocationSelected,
    "user_enter_tempsession": SessionEntered,
    "subscribe_msg_popup_event": SubscribePopup,
    "subscribe_msg_change_event": SubscribeChange,
    "subscribe_msg_sent_event": SubscribeSent,
    "templatesendjobfinish": TemplateSent,
    "masssendjobfinish": MassSent,
    "publishjobfinish": ArticlePublished,
    "wxa_media_check": MediaChecked,
    "wxa_punish_event": MiniProgramPunished,
    "notify_service_msg_send_result": ServiceNoticeSent,
    "user_info_modified": UserInfoModified,
    "user_authorization_revoke": AuthorizationRevoked,
    "user_authorization_cancellation": AuthorizationCancelled,
    "kf_create_session": ServiceSessionOpened,
    "kf_close_session": ServiceSessionClosed,
    "kf_switch_session": ServiceSessionMoved,
    "qualification_verify_success": QualificationVerified,
    "qualification_verify_fail": QualificationRefused,
    "naming_verify_success": NameVerified,
    "naming_verify_fail": NameRefused,
    "annual_renew": RenewalDue,
    "verify_expired": VerificationExpired,
}
"""By Event in lower case: some have been seen in either."""


def read(text: str | bytes) -> Push:
    """Read a push, XML or JSON.

    Raises:
        PushUnreadable: it is neither, or deeper than WeChat ever writes, or has a DTD.
    """
    raw = text.encode("utf-8", "ignore") if isinstance(text, str) else text
    return of(markup.fields(markup.cleaned(raw)))


def of(fields: Fields) -> Push:
    """Give the value that WeChat's fields stand for."""
    kind = words(fields.get("MsgType"))
    if kind.lower() == "event":
        event = words(fields.get("Event"))
        return shaped(EVENTS.get(event.lower(), UnknownPush), fields, name=event)
    if not kind and "action" in fields:
        return shaped(PathChecked, fields, name=words(fields["action"]))
    return shaped(MESSAGES.get(kind.lower(), UnknownPush), fields, name=kind)
