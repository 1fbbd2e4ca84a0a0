"""What both accounts' clients do: customer-service messages, files, templates, questions."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from services.wechat.client import AccountKeys, Client, Surroundings
from services.wechat.gateway import (
    CallRecord,
    Media,
    MediaKind,
    Page,
    Quota,
    Template,
    UploadedMedia,
)
from services.wechat.line import Answer, Endpoint, Upload
from services.wechat.refusals import MediaNotFound

SEND: Final = Endpoint(path="/cgi-bin/message/custom/send", repeatable=False)
UPLOAD: Final = Endpoint(path="/cgi-bin/media/upload", seconds=30)
LARGEST_FILE = 12 * 1024 * 1024
"""WeChat's largest file, a video, is of 10 MB."""

DOWNLOAD: Final = Endpoint(
    path="/cgi-bin/media/get",
    method="GET",
    gives_file=True,
    seconds=30,
    largest_answer=LARGEST_FILE,
)
TEMPLATES: Final = Endpoint(path="/wxaapi/newtmpl/gettemplate", method="GET")
CALLBACK_ADDRESSES: Final = Endpoint(path="/cgi-bin/getcallbackip", method="GET")
QUOTA: Final = Endpoint(path="/cgi-bin/openapi/quota/get")
LOOK_UP: Final = Endpoint(path="/cgi-bin/openapi/rid/get")

_ERRCODE = re.compile(r'"errcode"\s*:\s*(-?\d{1,9})\b')

LONG_TERM = 3
"""WeChat's number for a template whose permit is not spent by a message."""

ENDINGS: Mapping[MediaKind, str] = {
    "image": "png",
    "voice": "amr",
    "video": "mp4",
    "thumb": "jpg",
}


class AccountClient:
    """The part of a client that does not depend on the kind of account."""

    typing_endpoint: Endpoint

    def __init__(self, keys: AccountKeys, around: Surroundings) -> None:
        """Connect to nothing yet."""
        self.client = Client(keys, around)

    async def send_text(self, openid: str, text: str) -> None:
        """Send a text."""
        await self.send(openid, "text", content=text)

    async def send_image(self, openid: str, media_id: str) -> None:
        """Send a picture."""
        await self.send(openid, "image", media_id=media_id)

    async def send_page(self, openid: str, page: Page) -> None:
        """Send a card that opens a page of the mini-program."""
        content = {
            "title": page.title,
            "pagepath": page.path,
            "thumb_media_id": page.thumb_media_id,
        }
        await self.send(openid, "miniprogrampage", **_filled(content, appid=page.appid))

    async def send(self, openid: str, kind: str, /, **content: object) -> None:
        """Send a customer-service message of a kind, as WeChat writes it."""
        await self.client.call(SEND, body={"touser": openid, "msgtype": kind, kind: content})

    async def show_typing(self, openid: str, *, typing: bool = True) -> None:
        """Show that somebody is typing, or end it."""
        command = "Typing" if typing else "CancelTyping"
        await self.client.call(self.typing_endpoint, body={"touser": openid, "command": command})

    async def upload_media(self, kind: MediaKind, media: Media) -> UploadedMedia:
        """Leave a file with WeChat for 3 days."""
        answer = await self.client.call(UPLOAD, query={"type": kind}, upload=upload(kind, media))
        # For a thumb the id is in a field of its own.
        media_id = answer.maybe("thumb_media_id") or answer.text("media_id")
        return UploadedMedia(media_id, created_at=instant(answer, "created_at"))

    async def fetch_media(self, media_id: str) -> Media:
        """Fetch a file by its id.

        Raises:
            MediaNotFound: it is gone, or a video, for which WeChat gives an address only.
        """
        return file_of(await self.client.call(DOWNLOAD, query={"media_id": media_id}))

    async def templates(self) -> list[Template]:
        """Give the account's templates."""
        answer = await self.client.call(TEMPLATES)
        return [_template(each) for each in answer.each("data")]

    async def callback_addresses(self) -> tuple[str, ...]:
        """Give the addresses WeChat pushes from."""
        answer = await self.client.call(CALLBACK_ADDRESSES)
        return answer.words("ip_list")

    async def quota(self, path: str) -> Quota:
        """Give an endpoint's daily quota."""
        quota = (await self.client.call(QUOTA, body={"cgi_path": path})).inner("quota")
        return Quota(*map(quota.number, ("daily_limit", "used", "remain")))

    async def look_up(self, rid: str) -> CallRecord:
        """Give what WeChat remembers of a call."""
        record = (await self.client.call(LOOK_UP, body={"rid": rid})).inner("request")
        return CallRecord(
            called_at=instant(record, "invoke_time"),
            milliseconds=record.number("cost_in_ms"),
            errcode=_errcode_in(record),
        )

    async def check_credentials(self) -> None:
        """Ask whether WeChat knows us: by app id and secret, or by the container we are in."""
        if self.client.around.open_api_url:
            await self.client.call(CALLBACK_ADDRESSES)
        else:
            await self.client.check_credentials()

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()


def instant(answer: Answer, name: str) -> datetime:
    """Give a field that has to be a time in seconds."""
    return datetime.fromtimestamp(answer.number(name), UTC)


def file_of(answer: Answer) -> Media:
    """Give the file that an answer is.

    Raises:
        MediaNotFound: it is none.
    """
    if not answer.content:
        raise MediaNotFound(path=answer.endpoint.path)
    return Media(answer.content_type, answer.content)


def upload(kind: MediaKind, media: Media) -> Upload:
    """Make of a file what is sent; its name is ours, for WeChat looks at the ending."""
    ending = "jpg" if media.content_type == "image/jpeg" else ENDINGS[kind]
    return Upload(name=f"media.{ending}", content_type=media.content_type, content=media.content)


def _filled(content: dict[str, Any], **optional: str) -> dict[str, Any]:
    return content | {name: value for name, value in optional.items() if value}


def _errcode_in(record: Answer) -> int | None:
    """Give the errcode of a call; its answer is left alone otherwise, for it may name people."""
    found = _ERRCODE.search(record.maybe("response_body") or "")
    return int(found.group(1)) if found else None


def _template(answer: Answer) -> Template:
    return Template(
        id=answer.text("priTmplId"),
        title=answer.text("title"),
        content=answer.text("content"),
        long_term=answer.number("type") == LONG_TERM,
        choices={
            each.text("keywordCode"): tuple(map(str, each.fields.get("enumValueList") or ()))
            for each in answer.each("keywordEnumValueList")
        },
    )
