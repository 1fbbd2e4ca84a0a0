"""The official account's client: its menu, codes, articles and pages."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from models.vocabulary import TokenKind
from services.wechat.account import AccountClient, upload
from services.wechat.client import AccountKeys, Surroundings
from services.wechat.gateway import (
    Article,
    Choice,
    Media,
    Page,
    PageSignature,
    Publication,
    PublicationState,
    QrCode,
    UploadedMedia,
    WebLogin,
)
from services.wechat.line import Endpoint
from services.wechat.refusals import MenuMissing
from services.wechat.tokens import Fetched

TYPING: Final = Endpoint(path="/cgi-bin/message/custom/typing", repeatable=False)
NOTICE: Final = Endpoint(path="/cgi-bin/message/subscribe/bizsend", repeatable=False)
MENU: Final = Endpoint(path="/cgi-bin/menu/get", method="GET")
SET_MENU: Final = Endpoint(path="/cgi-bin/menu/create")
DELETE_MENU: Final = Endpoint(path="/cgi-bin/menu/delete", method="GET")
QR_CODE: Final = Endpoint(path="/cgi-bin/qrcode/create")
QR_CODE_FOR_GOOD: Final = Endpoint(path="/cgi-bin/qrcode/create", repeatable=False)
COVER: Final = Endpoint(path="/cgi-bin/material/add_material", repeatable=False, seconds=30)
DRAFT: Final = Endpoint(path="/cgi-bin/draft/add", repeatable=False)
PUBLISH: Final = Endpoint(path="/cgi-bin/freepublish/submit", repeatable=False)
PUBLICATION: Final = Endpoint(path="/cgi-bin/freepublish/get")
JS_TICKET: Final = Endpoint(path="/cgi-bin/ticket/getticket", method="GET")
WEB_LOGIN: Final = Endpoint(path="/sns/oauth2/access_token", method="GET", repeatable=False)

NONCE_BYTES = 8

STATES: Mapping[int, PublicationState] = {
    0: "published",
    1: "under_way",
    2: "refused",
    3: "failed",
    4: "refused",
    5: "deleted",
    6: "banned",
}
"""By publish_status (facts, section 8.3)."""


class OfficialAccountClient(AccountClient):
    """Calls WeChat's API for the official account. Close it."""

    typing_endpoint = TYPING

    def __init__(self, keys: AccountKeys, around: Surroundings) -> None:
        """Connect to nothing yet."""
        super().__init__(keys, around)
        self._tickets = self.client.tokens(TokenKind.JS_TICKET, self._fetch_ticket)

    async def send_link(
        self, openid: str, *, title: str, description: str, url: str, picture_url: str
    ) -> None:
        """Send an article of one, which opens an address."""
        article = {
            "title": title,
            "description": description,
            "url": url,
            "picurl": picture_url,
        }
        await self.send(openid, "news", articles=[article])

    async def send_choices(
        self, openid: str, choices: Sequence[Choice], *, head: str = "", tail: str = ""
    ) -> None:
        """Send a menu as a message."""
        listed = [{"id": choice.id, "content": choice.words} for choice in choices]
        await self.send(openid, "msgmenu", head_content=head, list=listed, tail_content=tail)

    async def send_notice(
        self,
        openid: str,
        *,
        template_id: str,
        values: Mapping[str, str],
        url: str = "",
        page: Page | None = None,
    ) -> None:
        """Send a subscription notice; a page goes before an address."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in values.items()},
        }
        if url:
            body["page"] = url
        if page is not None:
            body["miniprogram"] = {"appid": page.appid, "pagepath": page.path}
        await self.client.call(NOTICE, body=body)

    async def menu(self) -> list[dict[str, Any]] | None:
        """Give the menu in force, None when there is none."""
        try:
            answer = await self.client.call(MENU)
        except MenuMissing:
            return None
        return [dict(button.fields) for button in answer.inner("menu").each("button")]

    async def set_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Put a menu in force."""
        await self.client.call(SET_MENU, body={"button": list(buttons)})

    async def delete_menu(self) -> None:
        """Take the menu away."""
        await self.client.call(DELETE_MENU)

    async def create_qr_code(self, scene: str, *, lifetime: timedelta | None = None) -> QrCode:
        """Make a code for a scene."""
        body: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
        if lifetime is None:
            body["action_name"] = "QR_LIMIT_STR_SCENE"
            answer = await self.client.call(QR_CODE_FOR_GOOD, body=body)
        else:
            body["action_name"] = "QR_STR_SCENE"
            body["expire_seconds"] = int(lifetime.total_seconds())
            answer = await self.client.call(QR_CODE, body=body)
            lifetime = timedelta(seconds=answer.number("expire_seconds"))
        return QrCode(ticket=answer.text("ticket"), url=answer.text("url"), lifetime=lifetime)

    async def add_cover(self, picture: Media) -> UploadedMedia:
        """Leave a picture with WeChat for good."""
        answer = await self.client.call(
            COVER, query={"type": "image"}, upload=upload("image", picture)
        )
        return UploadedMedia(answer.text("media_id"))

    async def add_draft(self, article: Article) -> str:
        """Put an article into the draft box and give its id."""
        written = {
            "article_type": "news",
            "title": article.title,
            "author": article.author,
            "digest": article.digest,
            "content": article.content,
            "content_source_url": article.source_url,
            "thumb_media_id": article.cover_media_id,
        }
        filled = {name: value for name, value in written.items() if value}
        return (await self.client.call(DRAFT, body={"articles": [filled]})).text("media_id")

    async def publish(self, draft_id: str) -> str:
        """Begin to publish a draft and give the publication's id."""
        answer = await self.client.call(PUBLISH, body={"media_id": draft_id})
        return str(answer.number("publish_id"))

    async def publication(self, publication_id: str) -> Publication:
        """Tell how far publishing has come."""
        answer = await self.client.call(PUBLICATION, body={"publish_id": publication_id})
        details = answer.fields.get("article_detail")
        items = answer.inner("article_detail").each("item") if details else []
        failed = answer.fields.get("fail_idx") or []
        state = STATES.get(answer.number("publish_status"), "failed")
        return Publication(
            state=state,
            urls=tuple(item.text("article_url") for item in items),
            failed=tuple(number for number in failed if isinstance(number, int)),
        )

    async def sign_page(self, url: str) -> PageSignature:
        """Sign a page's address without its fragment, which WeChat does not count."""
        ticket = (await self._tickets.current()).text
        now, nonce = self.client.clock(), secrets.token_hex(NONCE_BYTES)
        return js_signature(
            ticket, self.client.appid, url, nonce=nonce, timestamp=int(now.timestamp())
        )

    async def log_in(self, code: str) -> WebLogin:
        """Give who a web login's code stands for; the login's own tokens are let go."""
        answer = await self.client.call_as_account(
            WEB_LOGIN, query={"grant_type": "authorization_code"}, codes={"code": code}
        )
        return WebLogin(
            openid=answer.text("openid"),
            unionid=answer.maybe("unionid"),
            snapshot=answer.fields.get("is_snapshotuser") == 1,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._tickets.aclose()
        await super().aclose()

    async def _fetch_ticket(self, forced: bool) -> Fetched:  # noqa: FBT001 - a Fetch
        del forced  # There is no such thing for tickets.
        answer = await self.client.call(JS_TICKET, query={"type": "jsapi"})
        return Fetched(answer.text("ticket"), timedelta(seconds=answer.number("expires_in")))


def js_signature(
    ticket: str, appid: str, url: str, /, *, nonce: str, timestamp: int
) -> PageSignature:
    """Sign as WeChat lays down: SHA-1 over the raw values in this order (facts, section 8.2)."""
    address = url.partition("#")[0]
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={address}"
    return PageSignature(
        appid=appid,
        nonce=nonce,
        timestamp=timestamp,
        signature=hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest(),
    )


def connect(keys: AccountKeys, around: Surroundings) -> OfficialAccountClient:
    """Make the official account's client; it connects when it is first used."""
    return OfficialAccountClient(keys, around)
