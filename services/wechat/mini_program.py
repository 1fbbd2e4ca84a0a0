"""The mini-program's client: logins, subscribe messages, codes, links and checks."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from services.wechat.account import LARGEST_FILE, AccountClient, file_of, instant
from services.wechat.client import AccountKeys, Surroundings
from services.wechat.gateway import (
    CheckedKind,
    Login,
    Media,
    PhoneNumber,
    Release,
    Suggestion,
    TextCheck,
    UrlLink,
)
from services.wechat.line import Answer, Endpoint

TYPING: Final = Endpoint(path="/cgi-bin/message/custom/business/typing", repeatable=False)
LOG_IN: Final = Endpoint(path="/sns/jscode2session", method="GET", repeatable=False)
PHONE_NUMBER: Final = Endpoint(path="/wxa/business/getuserphonenumber", repeatable=False)
SUBSCRIPTION: Final = Endpoint(path="/cgi-bin/message/subscribe/send", repeatable=False)
CODE_PICTURE: Final = Endpoint(
    path="/wxa/getwxacodeunlimit", gives_file=True, seconds=20, largest_answer=LARGEST_FILE
)
URL_LINK: Final = Endpoint(path="/wxa/generate_urllink")
URL_LINK_TARGET: Final = Endpoint(path="/wxa/query_urllink")
CHECK_TEXT: Final = Endpoint(path="/wxa/msg_sec_check")
CHECK_MEDIA: Final = Endpoint(path="/wxa/media_check_async")

STATES: Mapping[Release, str] = {"release": "formal", "trial": "trial", "develop": "developer"}
MEDIA_TYPES: Mapping[CheckedKind, int] = {"audio": 1, "image": 2}
SUGGESTIONS: Mapping[str, Suggestion] = {"pass": "pass", "review": "review", "risky": "risky"}
CHECK_VERSION = 2


class MiniProgramClient(AccountClient):
    """Calls WeChat's API for the mini-program. Close it."""

    typing_endpoint = TYPING

    async def send_link(
        self, openid: str, *, title: str, description: str, url: str, picture_url: str
    ) -> None:
        """Send a card that opens an address."""
        await self.send(
            openid, "link", title=title, description=description, url=url, thumb_url=picture_url
        )

    async def log_in(self, code: str) -> Login:
        """Give who a login code stands for."""
        answer = await self.client.call_as_account(
            LOG_IN, query={"grant_type": "authorization_code"}, codes={"js_code": code}
        )
        return Login(
            openid=answer.text("openid"),
            unionid=answer.maybe("unionid"),
            session_key=answer.text("session_key"),
        )

    async def phone_number(self, code: str) -> PhoneNumber:
        """Give the number that a code stands for."""
        answer = await self.client.call(PHONE_NUMBER, body={"code": code})
        found = answer.inner("phone_info")
        return PhoneNumber(
            number=found.text("purePhoneNumber"), country_code=str(found.number("countryCode"))
        )

    async def send_subscription(
        self,
        openid: str,
        *,
        template_id: str,
        values: Mapping[str, str],
        page: str = "",
        language: Literal["zh_CN", "en_US"] = "zh_CN",
        release: Release = "release",
    ) -> None:
        """Send a subscribe message and spend one permit."""
        body = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": value} for name, value in values.items()},
            "miniprogram_state": STATES[release],
            "lang": language,
        }
        await self.client.call(SUBSCRIPTION, body=body | ({"page": page} if page else {}))

    async def code_picture(
        self,
        scene: str,
        *,
        page: str = "",
        width: int = 430,
        release: Release = "release",
        checked: bool = True,
    ) -> Media:
        """Draw a mini-program code."""
        body = {
            "scene": scene,
            "check_path": checked,
            "env_version": release,
            "width": width,
        }
        return file_of(
            await self.client.call(CODE_PICTURE, body=body | ({"page": page} if page else {}))
        )

    async def url_link(
        self, *, path: str, query: str, expires_at: datetime, release: Release = "release"
    ) -> str:
        """Make an https link that opens the mini-program."""
        body = {
            "path": path,
            "query": query,
            "expire_type": 0,
            "expire_time": int(expires_at.timestamp()),
            "env_version": release,
        }
        return (await self.client.call(URL_LINK, body=body)).text("url_link")

    async def url_link_target(self, url: str) -> UrlLink:
        """Tell what a link of `url_link` leads to."""
        answer = await self.client.call(URL_LINK_TARGET, body={"url_link": url})
        found = answer.inner("url_link_info")
        # 0 once meant a link for ever.
        until = found.number("expire_time")
        return UrlLink(
            path=found.maybe("path") or "",
            query=found.maybe("query") or "",
            created_at=instant(found, "create_time"),
            expires_at=datetime.fromtimestamp(until, UTC) if until else None,
        )

    async def check_text(self, text: str, *, openid: str, scene: int = 2) -> TextCheck:
        """Ask what WeChat thinks of a text."""
        body = {"content": text, "version": CHECK_VERSION, "scene": scene, "openid": openid}
        answer = await self.client.call(CHECK_TEXT, body=body)
        result = answer.inner("result")
        return TextCheck(
            suggestion=_suggestion(result),
            label=result.number("label"),
            trace_id=answer.text("trace_id"),
        )

    async def check_media(self, url: str, *, kind: CheckedKind, openid: str, scene: int = 2) -> str:
        """Have a picture or sound checked and give the trace id."""
        body = {
            "media_url": url,
            "media_type": MEDIA_TYPES[kind],
            "version": CHECK_VERSION,
            "scene": scene,
            "openid": openid,
        }
        return (await self.client.call(CHECK_MEDIA, body=body)).text("trace_id")


def connect(keys: AccountKeys, around: Surroundings) -> MiniProgramClient:
    """Make the mini-program's client; it connects when it is first used."""
    return MiniProgramClient(keys, around)


def _suggestion(result: Answer) -> Suggestion:
    """Read it; a word we do not know is for people to decide on."""
    return SUGGESTIONS.get(result.text("suggest"), "review")
