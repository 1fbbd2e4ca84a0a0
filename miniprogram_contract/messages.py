"""What all messages have in common."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")


class Request(BaseModel):
    """What comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reply(BaseModel):
    """What goes out: every field is always there, so readers need not ask whether it is."""

    model_config = ConfigDict(frozen=True)


class Page(Reply, Generic[Item]):
    """A list."""

    items: list[Item]
    next: str | None = Field(
        description="Where the list goes on, to be sent as `after`; null at its end."
    )
