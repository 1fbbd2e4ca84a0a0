"""The addresses that the accounts' answers carry."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import urlencode

from api.urls import Urls
from models.vocabulary import Language
from services.runtime.blind_index import BlindIndex

CONFIRMING = "/feedback/confirm"


@dataclass(frozen=True)
class InReplies:
    """Gives addresses of ours; those of drafts nobody can make up who has not our secret key."""

    urls: Urls
    secret: BlindIndex

    def __call__(self, slug: str, /) -> str:
        """Give the address of a slug."""
        return self.urls.in_reply(slug)

    def token(self, key: str, /) -> str:
        """Give 128 bits that follow from a push's key, the same each time it is delivered."""
        made = self.secret.of(key, about="chat_drafts.token_sha256")
        return urlsafe_b64encode(made).decode().rstrip("=")

    def draft(self, token: str, /, language: Language) -> str:
        """Give the address at which a draft is confirmed; a log of ours holds no query."""
        query = {"draft": token} | ({"lang": "en"} if language is Language.EN else {})
        return self.urls.path(f"{CONFIRMING}?{urlencode(query)}")
