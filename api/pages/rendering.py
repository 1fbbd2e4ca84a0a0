"""Turning what services give into HTML: templates, texts, style sheets with hashed names."""

import hashlib
import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from mimetypes import guess_type
from typing import Any, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import nh3
import phonenumbers
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from api import negotiation
from api.negotiation import Audience
from api.urls import Urls
from models import Publisher
from models.vocabulary import Language
from services import section_names, texts
from services.texts import dates

BEIJING = ZoneInfo("Asia/Shanghai")

STATIC = "/static/"

LONGEST_TOKEN = 64

_CHANNEL = re.compile(r"[a-z0-9-]{1,32}")

IMMUTABLE = "public, max-age=31536000, immutable"

_TAGS = {
    "h2",
    "h3",
    "p",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
}
_TAGS |= {"th", "td", "br", "blockquote"}


@dataclass(frozen=True)
class View:
    """How one reader wants a page."""

    path: str
    language: Language
    care: bool
    """关怀模式: larger text and larger places to touch."""

    audience: Audience
    draft: str = field(default="", repr=False)
    """What names a draft from the chat, in the addresses of its own page."""

    channel: str = ""
    """Where the reader came from, in the addresses of all pages they go on to."""

    @property
    def canonical(self) -> str:
        """The page's own path, which says nothing of who reads it and how they came."""
        return f"{self.path}?lang=en" if self.language is Language.EN else self.path

    @property
    def in_wechat(self) -> bool:
        """Whether the page is read in WeChat, where downloads mostly lead nowhere."""
        return self.audience != "browser"

    def link(
        self,
        path: str,
        *,
        language: str | None = None,
        care: bool | None = None,
        more: Mapping[str, str] | None = None,
    ) -> str:
        """Give a path of ours that keeps, or changes, how the reader came, language and mode.

        `more` is what else its query says.
        """
        query = dict(more or {})
        if self.channel:
            query["ch"] = self.channel
        if self.draft and path == self.path:
            query["draft"] = self.draft
        if (language or self.language) == Language.EN:
            query["lang"] = "en"
        if self.care if care is None else care:
            query["mode"] = "care"
        return f"{path}?{urlencode(query)}" if query else path


def view(request: Request) -> View:
    """Read from a request how the page is wanted; what is not understood is left aside."""
    query = request.query_params
    channel = query.get("ch", "")
    return View(
        path=request.url.path,
        language=Language.EN if query.get("lang") == "en" else Language.ZH,
        care=query.get("mode") == "care",
        draft=query.get("draft", "")[:LONGEST_TOKEN],
        channel=channel if _CHANNEL.fullmatch(channel) else "",
        audience=negotiation.audience(request.headers.get("user-agent", "").encode("latin-1")),
    )


@dataclass(frozen=True)
class Asset:
    """A file of ours that pages need."""

    url: str
    content: bytes
    media_type: str


class Renderer:
    """Renders pages."""

    def __init__(self, urls: Urls) -> None:
        """Write addresses in this way."""
        self._urls = self._public = urls
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._templates = _templates()
        self._names = {_plain_name(url): url for url in assets()}

    def at(self, urls: Urls) -> Self:
        """Give the same for readers of another address; search engines are told the public one."""
        other = copy(self)
        other._urls = urls  # noqa: SLF001 - of a copy of this very object
        return other

    def asset(self, name: str) -> str:
        """Give the address of an asset by its plain name."""
        return self._names[name]

    def page(
        self,
        view: View,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,  # noqa: ANN401 - whatever the template needs
    ) -> HTMLResponse:
        """Render a page. HTML is never cached: WeChat's browser would keep it for days."""

        def say(key: str, **values: str | int) -> str:
            return texts.say(f"pages.{key}", view.language, **values)

        html = self._templates.get_template(template).render(
            view=view,
            urls=self._urls,
            canonical=self._public.path(view.canonical),
            asset=self.asset,
            say=say,
            text=lambda words: words.text(view.language) if words else "",
            moment=lambda instant: dates.moment(instant, view.language),
            day=lambda instant: dates.day(instant, view.language),
            beijing=lambda instant: instant.astimezone(BEIJING),
            dialled=_dialled,
            spoken=lambda codes: say("list_separator").join(
                say(f"languages.{code}") for code in codes
            ),
            **context,
        )
        return HTMLResponse(
            html,
            status_code=status,
            headers={"Cache-Control": "no-store", **(headers or {})},
        )

    def error(
        self,
        request: Request,
        *,
        status: int,
        title: str,
        detail: str,
        code: str,
        publisher: Publisher | None,
        headers: Mapping[str, str],
    ) -> Response:
        """Render a refusal for people. Asks no database, which may be what is missing."""
        return self.page(
            view(request),
            "error.html",
            status=status,
            headers=headers,
            title=title,
            detail=detail,
            code=code,
            publisher=publisher,
        )

    def markdown(self, source: str) -> Markup:
        """Give a text from the content pack as HTML without anything that could act."""
        html = nh3.clean(
            self._markdown.render(source),
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"https", "mailto", "tel"},
            link_rel="noopener",
        )
        return Markup(html)  # noqa: S704 - cleaned on the line above


def _dialled(phone: str) -> str:
    """Write an E.164 number as people read it: a Chinese one without its country code."""
    number = phonenumbers.parse(phone)
    national = phonenumbers.region_code_for_number(number) == "CN"
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if national else form.INTERNATIONAL)


@cache
def assets() -> Mapping[str, Asset]:
    """Give the assets by their addresses."""
    found = {}
    for file in sorted(files("api").joinpath("static").iterdir(), key=lambda item: item.name):
        content = file.read_bytes()
        stem, _, suffix = file.name.partition(".")
        digest = hashlib.sha256(content).hexdigest()[:10]
        media_type = guess_type(file.name)[0] or "application/octet-stream"
        url = f"{STATIC}{stem}.{digest}.{suffix}"
        found[url] = Asset(url, content, media_type)
    return found


@cache
def _templates() -> Environment:
    """Give the templates, each compiled once in a process: 20 ms for one, 200 for a page's all."""
    found = Environment(
        loader=ChoiceLoader(
            [PackageLoader("api.pages"), PrefixLoader({"staff": PackageLoader("api.staff")})]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {
        "edition": section_names.edition,
        "section_named": section_names.named,
        "section_found": section_names.found,
    }
    return found


def _plain_name(url: str) -> str:
    stem, _, suffix = url.removeprefix(STATIC).split(".", 2)
    return f"{stem}.{suffix}"
