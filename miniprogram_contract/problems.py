"""Refusals as they travel: problem details, RFC 9457."""

from pydantic import Field

from miniprogram_contract.messages import Reply


class InvalidField(Reply):
    """One part of a request that was not understood."""

    field: str = Field(description="Where it stands, such as `query.lang`.")
    code: str
    message: str = Field(description="What is expected, in the reader's language.")


class Problem(Reply):
    """Why a request was refused. `code` is a promise; `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[InvalidField]
