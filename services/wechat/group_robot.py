"""企业微信's group robot: posts a text into the group that its owner has put it into.

Its key is the only secret, and it is in the address: it is hidden as tokens are.
"""

from collections import Counter
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from services.wechat import refusals
from services.wechat.line import Endpoint, Line

SEND_PATH: Final = "/cgi-bin/webhook/send"
LONGEST_TEXT = 2048
"""Bytes of UTF-8."""


class GroupRobot:
    """One robot of one group. Close it."""

    def __init__(self, url: str, *, patience: float = 1.0) -> None:
        """Take the address as 企业微信 shows it, key and all; connect to nothing yet."""
        parts = urlsplit(url)
        # What is lost may have arrived: a group is not told twice.
        self._endpoint = Endpoint(path=parts.path, repeatable=False)
        self._hidden = dict(parse_qsl(parts.query))
        origin = f"{parts.scheme}://{parts.netloc}"
        # Counted apart: a group is no account of ours at WeChat.
        self._line = Line(origin, calls=Counter(), patience=patience)

    async def say(self, text: str) -> None:
        """Post a text; what is too long is cut.

        Raises:
            NotReached, RateLimited, OutcomeUnknown, or another WeChatError: it was refused.
        """
        cut = text.encode()[:LONGEST_TEXT].decode(errors="ignore")
        body = {"msgtype": "text", "text": {"content": cut}}
        await self._line.ask(self._endpoint, hidden=self._hidden, body=body)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._line.aclose()


SURELY_NOT_SAID = (refusals.NotReached, refusals.RateLimited, refusals.SystemBusy)
"""Refusals after which another time may do."""
