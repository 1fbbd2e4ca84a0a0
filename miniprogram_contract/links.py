"""Short links as the mini-program asks for them."""

from pydantic import Field

from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.scenes import Place


class ReadScannedLink(AskInLanguage):
    """Ask what the address in a scanned code opens now."""

    q: str = Field(
        min_length=1,
        max_length=2000,
        description="What WeChat calls `q`: `decodeURIComponent(options.q)`, decoded once.",
    )


EXAMPLE = Place(
    slug="china",
    channel="poster",
    title="公开征询研讨会：中文专场",
    page="pages/webinar/index",
    query="slug=china",
    url="https://asi.example.cn/webinars/china",
)
"""Of a channel code that hangs as a poster; an example of its own, since codes are made later."""
