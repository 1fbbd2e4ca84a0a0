"""The service's own addresses, absolute, as they are printed and sent."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from models import MirroredFile
from services import addresses, short_links
from services.addresses import AddressForeign, HostUnknown
from services.runtime.settings import Settings
from services.short_links import CodeForeign

_SHORT = "/r/"
_STILL_ENCODED = ("https%3a", "http%3a")

READ_ORIGINAL_PATH = "/yuedu-yuanwen"
"""阅读原文 under the name that articles carry; `/r/read-original` is the same link."""


@dataclass(frozen=True)
class Urls:
    """Builds addresses below one that is configured, never below whatever a Host header says."""

    base: str

    @classmethod
    def every(cls, settings: Settings) -> list[Self]:
        """Give all addresses that the service is reached at, ASI_PUBLIC_URL first."""
        return [cls(base) for base in (settings.public_url, *settings.other_urls)]

    @classmethod
    def at(cls, settings: Settings, host: str | None) -> Self:
        """Give the addresses on a host, on ASI_PUBLIC_URL's if none is named.

        Raises:
            HostUnknown
        """
        every = cls.every(settings)
        for urls in every:
            if host in {None, urls.host}:
                return urls
        raise HostUnknown(host=host or "", known=" ".join(urls.host for urls in every))

    @property
    def host(self) -> str:
        """Host and port as browsers name them."""
        return urlsplit(self.base).netloc

    @property
    def read_original(self) -> str:
        """阅读原文."""
        return self.base + READ_ORIGINAL_PATH

    def path(self, path: str) -> str:
        """Give the address of a path."""
        return self.base + path

    def short(self, slug: str) -> str:
        """Give the address that codes carry."""
        return f"{self.base}{_SHORT}{slug}"

    def counted(self, slug: str, channel: str) -> str:
        """Give the address that is counted as coming from a channel."""
        return f"{self.short(slug)}?ch={channel}"

    def in_reply(self, slug: str) -> str:
        """Give the address that the account's answers carry."""
        return self.counted(slug, "reply")

    def in_menu(self, slug: str) -> str:
        """Give the address that the account's menu carries."""
        return self.counted(slug, "menu")

    def document(self, slug: str) -> str:
        """Give a document's page."""
        return f"{self.base}/documents/{slug}"

    def webinar(self, slug: str) -> str:
        """Give a webinar's page."""
        return f"{self.base}/webinars/{slug}"

    def calendar(self, slug: str) -> str:
        """Give a webinar's calendar file."""
        return f"{self.base}/webinars/{slug}.ics"

    def contact(self, slug: str) -> str:
        """Give a contact's page."""
        return f"{self.base}/contacts/{slug}"

    def code(self, slug: str) -> str:
        """Give the picture of the code that leads to a short link."""
        return f"{self.base}/qr/{slug}.png"

    def contact_picture(self, sha256: str) -> str:
        """Give the address of a WeChat code on a contact's page, which changes with the code."""
        return f"{self.base}/contact-pictures/{sha256}.png"

    def vcard(self, slug: str) -> str:
        """Give a contact's vCard."""
        return f"{self.base}/contacts/{slug}.vcf"

    def file(self, file: MirroredFile) -> str:
        """Give a mirrored file's address, which changes with its bytes."""
        return f"{self.base}/files/{file.sha256}/{quote(file.name)}"


def read_code(scanned: str, sites: Collection[Urls]) -> tuple[str, str]:
    """Give slug and query of the address in a code, as WeChat hands it over when it is scanned.

    Raises:
        CodeForeign: the address is none of ours, or no code carries it.
    """
    # Programs that forget to decode what WeChat gives them send it encoded once more.
    address = unquote(scanned) if scanned.lower().startswith(_STILL_ENCODED) else scanned
    parts = urlsplit(_own(address, sites))
    if parts.path == READ_ORIGINAL_PATH:
        return short_links.READ_ORIGINAL, parts.query
    if not parts.path.startswith(_SHORT):
        raise CodeForeign
    return parts.path.removeprefix(_SHORT), parts.query


def _own(address: str, sites: Collection[Urls]) -> str:
    for site in sites:
        with suppress(AddressForeign):
            return addresses.own_page(address, base=site.base)
    raise CodeForeign
