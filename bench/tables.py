"""What is compared: addresses of ours, what nginx does instead, and the ratio to reach."""

from dataclasses import dataclass

SLUG = "read-original"

USER_AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/15E148 MicroMessenger/8.0.69(0x1800452d) NetType/WIFI Language/zh_CN"
)
"""WeChat's browser on an iPhone, as seen in 2026; both servers have to read it."""

REDIRECT_REACH = 0.30
PREPARED_REACH = 0.50


@dataclass(frozen=True)
class Table:
    """One comparison."""

    title: str
    path: str
    peer: str
    """Path at nginx: a file with the very same bytes, or `return 302`."""

    reach: float = PREPARED_REACH
    """The least ratio to nginx's requests a second."""

    encoding: str = "identity"

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with each request, to both."""
        return {"User-Agent": USER_AGENT, "Accept-Encoding": self.encoding}


REDIRECT = Table("Redirect, each visit counted", f"/r/{SLUG}", "/redirect", reach=REDIRECT_REACH)

TABLES = (
    REDIRECT,
    Table("Catalogue, JSON", "/v1/documents", "/documents.json"),
    Table("Catalogue, JSON, gzip", "/v1/documents", "/documents.json", encoding="gzip"),
    Table("Article page", "/", "/article.html"),
    Table("Article page, gzip", "/", "/article.html", encoding="gzip"),
    Table("QR code of the article", "/qr/article.png", "/article.png"),
)
