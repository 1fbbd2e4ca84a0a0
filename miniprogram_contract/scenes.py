"""What the mini-program opens for the scene of a code or of a URL link."""

from pydantic import Field

from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Reply


class ReadScene(AskInLanguage):
    """Ask what a scene stands for now."""

    scene: str = Field(
        min_length=1,
        max_length=128,
        description="`decodeURIComponent(options.scene)`, decoded once; see pages.md.",
    )
    scanned: bool = Field(
        default=True,
        description="False where `onLaunch` says scene 1194 or 1167: a URL link was opened.",
    )


class Place(Reply):
    """What to open. The link that was scanned may have been led elsewhere since it was printed."""

    slug: str = Field(description="The short link's.")
    channel: str | None = Field(
        description="Where the code hangs; send it along with a registration or with feedback."
    )
    title: str
    page: str | None = Field(
        description="A page of the mini-program, without a slash in front; null: open `url`."
    )
    query: str = Field(description="The page's parameters, encoded, such as `slug=china`.")
    url: str = Field(description="The same place in a browser.")


EXAMPLE = Place(
    slug="ps-v4-draft",
    channel="poster",
    title="ASI 绩效标准 V4 征询意见稿",
    page="pages/document/index",
    query="slug=ps-v4-draft",
    url="https://asi.example.cn/documents/ps-v4-draft",
)
"""Of a channel code that hangs as a poster; an example of its own, since codes are made later."""
