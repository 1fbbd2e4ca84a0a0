"""Logging in, as it travels."""

from datetime import UTC, datetime

from pydantic import Field

from miniprogram_contract.messages import Reply, Request


class LogIn(Request):
    """Log in with the code of wx.login."""

    code: str = Field(min_length=1, max_length=128, description="Works once, for five minutes.")


class Login(Reply):
    """A login. Send the token as `Authorization: Bearer …`; it is shown this once."""

    token: str
    expires_at: datetime = Field(description="Moves on whenever the token is used.")


EXAMPLE = Login(
    token="Zm9yLW5vdGhpbmctYnV0LXRoZS1jb250cmFjdC1vbmx5",  # noqa: S106 - opens nothing
    expires_at=datetime(2026, 3, 9, 1, tzinfo=UTC),
)
"""What `log_in` gives."""
