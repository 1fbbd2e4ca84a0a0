"""The service's own addresses, absolute, as they are printed and sent."""

from dataclasses import dataclass
from urllib.parse import quote

from models import MirroredFile

READ_ORIGINAL_PATH = "/yuedu-yuanwen"
"""阅读原文 under the name that articles carry; `/r/read-original` is the same link."""


@dataclass(frozen=True)
class Urls:
    """Builds addresses below ASI_PUBLIC_URL, never below a Host header."""

    base: str

    @property
    def read_original(self) -> str:
        """阅读原文."""
        return self.base + READ_ORIGINAL_PATH

    def path(self, path: str) -> str:
        """Give the address of a path."""
        return self.base + path

    def short(self, slug: str) -> str:
        """Give the address that codes carry."""
        return f"{self.base}/r/{slug}"

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

    def vcard(self, slug: str) -> str:
        """Give a contact's vCard."""
        return f"{self.base}/contacts/{slug}.vcf"

    def file(self, file: MirroredFile) -> str:
        """Give a mirrored file's address, which changes with its bytes."""
        return f"{self.base}/files/{file.sha256}/{quote(file.name)}"
