"""What happens between visitors and our accounts: following, scanning, menus, permissions."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.wechat.markup import Fields
from services.wechat.push_shapes import (
    Event,
    decimal,
    inside,
    mappings,
    number,
    told,
    values,
    words,
    words_or_none,
)

SCENE_PREFIX = "qrscene_"


def scene_of_follower(value: object) -> str | None:
    """Read the scene that `subscribe` carries behind a prefix and `SCAN` without one."""
    key = words(value)
    return key.removeprefix(SCENE_PREFIX) if key.startswith(SCENE_PREFIX) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Event):
    """Somebody follows us now."""

    scene: str | None = told(scene_of_follower, "EventKey")
    """The scene of the code by which they came, if by one; the raw key is in `fields`."""

    ticket: str | None = told(words_or_none, "Ticket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed(Event):
    """Somebody follows us no longer: all we hold of them has to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned(Event):
    """A follower scanned a code of ours."""

    scene: str = told(words, "EventKey")
    ticket: str | None = told(words_or_none, "Ticket")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationReported(Event):
    """WeChat tells where a visitor is."""

    latitude: float | None = told(decimal, "Latitude")
    longitude: float | None = told(decimal, "Longitude")
    precision: float | None = told(decimal, "Precision")


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuClicked(Event):
    """A menu button was pressed that sends its key."""

    menu_key: str = told(words, "EventKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuViewed(Event):
    """A menu button was pressed that opens an address."""

    url: str = told(words, "EventKey")
    menu_id: str | None = told(words_or_none, "MenuId")


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniProgramViewed(Event):
    """A menu button was pressed that opens a mini-program."""

    path: str = told(words, "EventKey")
    menu_id: str | None = told(words_or_none, "MenuId")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCodePushed(Event):
    """A code was scanned by a menu button, which showed the visitor what is in it."""

    menu_key: str = told(words, "EventKey")
    scan_type: str = told(inside("ScanType", words), "ScanCodeInfo")
    result: str = told(inside("ScanResult", words), "ScanCodeInfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCodeWaited(ScanCodePushed):
    """A code was scanned by a menu button, and the visitor waits for our answer."""


def checksums(value: object) -> tuple[str, ...]:
    """Read the MD5 sums of pictures that are about to come."""
    pictures = inside("PicList", inside("item", mappings))(value)
    return tuple(words(picture.get("PicMd5Sum")) for picture in pictures)


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesSent(Event):
    """Pictures were chosen by a menu button; they follow as messages."""

    menu_key: str = told(words, "EventKey")
    count: int = told(inside("Count", number), "SendPicsInfo")
    checksums: tuple[str, ...] = told(checksums, "SendPicsInfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationSelected(Event):
    """A place was chosen by a menu button."""

    menu_key: str = told(words, "EventKey")
    latitude: float | None = told(inside("Location_X", decimal), "SendLocationInfo")
    longitude: float | None = told(inside("Location_Y", decimal), "SendLocationInfo")
    scale: int = told(inside("Scale", number), "SendLocationInfo")
    label: str = told(inside("Label", words), "SendLocationInfo")
    place: str = told(inside("Poiname", words), "SendLocationInfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntered(Event):
    """A visitor opened the mini-program's customer service."""

    session_from: str = told(words, "SessionFrom")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeAnswer:
    """What a visitor answered when asked whether one kind of message may be sent to them."""

    template_id: str = told(words, "TemplateId")
    status: str = told(words, "SubscribeStatusString")
    """accept or reject."""

    scene: str = told(words, "PopupScene")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeOutcome:
    """What became of one subscribe message."""

    template_id: str = told(words, "TemplateId")
    message_id: int = told(number, "MsgID")
    error_code: int = told(number, "ErrorCode")
    error_status: str = told(words, "ErrorStatus")


def _listed(value: object) -> tuple[Fields, ...]:
    """Read a List: in XML inside the event's own element, in JSON beside the event."""
    return mappings(value.get("List", value) if isinstance(value, dict) else value)


def answers(value: object) -> tuple[SubscribeAnswer, ...]:
    """Read what a visitor answered."""
    return tuple(SubscribeAnswer(**values(SubscribeAnswer, item)) for item in _listed(value))


def outcomes(value: object) -> tuple[SubscribeOutcome, ...]:
    """Read what became of messages."""
    return tuple(SubscribeOutcome(**values(SubscribeOutcome, item)) for item in _listed(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribePopup(Event):
    """A visitor was asked for permission and answered."""

    items: tuple[SubscribeAnswer, ...] = told(answers, "SubscribeMsgPopupEvent", "List")

    def _particulars(self) -> Iterable[str]:
        return (f"{item.template_id}={item.status}" for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeChange(Event):
    """A visitor changed their permissions; WeChat tells of those withdrawn only."""

    items: tuple[SubscribeAnswer, ...] = told(answers, "SubscribeMsgChangeEvent", "List")

    def _particulars(self) -> Iterable[str]:
        return (f"{item.template_id}={item.status}" for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeSent(Event):
    """Subscribe messages have come to an end, good or bad."""

    items: tuple[SubscribeOutcome, ...] = told(outcomes, "SubscribeMsgSentEvent", "List")

    def _particulars(self) -> Iterable[str]:
        return (f"{item.template_id}={item.message_id}" for item in self.items)
