"""What a page needs before it may use WeChat's JS-SDK."""

from pydantic import Field

from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Reply


class SignPage(AskInLanguage):
    """Ask for the signature of a page of this service."""

    url: str = Field(
        min_length=1,
        max_length=2048,
        description="`location.href` of the page, query and all; what follows # does not count.",
    )


class PageSignature(Reply):
    """The arguments of `wx.config` that only the server can give; add debug and jsApiList."""

    app_id: str = Field(alias="appId")
    timestamp: int = Field(description="Seconds since 1970.")
    nonce: str = Field(alias="nonceStr")
    signature: str


EXAMPLE = PageSignature(
    appId="wx0123456789abcdef",
    timestamp=1772413200,
    nonceStr="5f0c3a528f1e4d0f",
    signature="0f9de62fce790f9a083d5c99e95740ceb90c27ed",
)
"""What `sign_page` gives."""
