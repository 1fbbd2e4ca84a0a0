"""What visitors send us."""

from dataclasses import dataclass

from services.wechat.push_shapes import Message, decimal, number, told, words, words_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage(Message):
    """Something written."""

    text: str = told(words, "Content")
    menu_item: str | None = told(words_or_none, "bizmsgmenuid")
    """The item of a menu message that was tapped instead of writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMessage(Message):
    """A picture."""

    picture_url: str = told(words, "PicUrl")
    """Told by WeChat, and never fetched: media come by their id."""

    media_id: str = told(words, "MediaId")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceMessage(Message):
    """Something spoken."""

    media_id: str = told(words, "MediaId")
    format: str = told(words, "Format")
    better_media_id: str | None = told(words_or_none, "MediaId16K")
    """The same at 16 kHz."""

    recognition: str | None = told(words_or_none, "Recognition")
    """What WeChat understood, where that is switched on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoMessage(Message):
    """A film."""

    media_id: str = told(words, "MediaId")
    thumbnail_media_id: str = told(words, "ThumbMediaId")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortVideoMessage(VideoMessage):
    """A film taken in the chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationMessage(Message):
    """A place on the map."""

    latitude: float | None = told(decimal, "Location_X")
    longitude: float | None = told(decimal, "Location_Y")
    scale: int = told(number, "Scale")
    label: str = told(words, "Label")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMessage(Message):
    """A link to a page."""

    title: str = told(words, "Title")
    description: str = told(words, "Description")
    url: str = told(words, "Url")


@dataclass(frozen=True, slots=True, kw_only=True)
class MiniProgramPageMessage(Message):
    """A card of a page in a mini-program."""

    title: str = told(words, "Title")
    appid: str = told(words, "AppId")
    path: str = told(words, "PagePath")
    thumbnail_url: str = told(words, "ThumbUrl")
    thumbnail_media_id: str = told(words, "ThumbMediaId")
