"""Pushes: what a visitor writes, signed and encrypted as WeChat does, no two of them the same."""

import itertools
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from defusedxml import ElementTree

from bench.failures import AnswerWrong
from bench.load import Prepared
from services.runtime.clock import utc_now
from tests.support import pushes

TEXT = "请问草案在哪里可以下载呢谢谢"
"""Fourteen characters, one of the keywords among them."""

PATH = "/wechat/official-account"
VISITORS = 5_000

GIVEN = {
    "ASI_OA_APPID": pushes.APPID,
    "ASI_OA_SECRET": "nobody-asks-wechat-here",
    "ASI_OA_TOKEN": pushes.SECRETS.token,
    "ASI_OA_AES_KEY": pushes.SECRETS.key,
}
"""The account's settings, the same for all servers."""

HEAD = (
    "POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/4.0\r\n"
    "Accept: */*\r\nPragma: no-cache\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n"
)

SECONDS = 30
"""How long one answer may take; the first one waits until the server has begun."""

_numbers = itertools.count(23_456_789_012_345_678)


def prepare(file: Path, number: int) -> Prepared:
    """Write so many pushes of this very moment to a file, as they go over the wire."""
    lengths = set()
    with file.open("wb") as output:
        for query, body in itertools.islice(_made(), number):
            head = HEAD.format(path=PATH, query=query, length=len(body))
            lengths.add(output.write(head.encode() + body))
    (length,) = lengths
    return Prepared(file, length, number)


def send(port: int) -> bytes:
    """Send one push; give the answer as it comes.

    Raises:
        AnswerWrong: it is a refusal.
    """
    query, body = next(_made())
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("POST", f"{PATH}?{query}", body, {"Content-Type": "text/xml"})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        message = f"A push is answered with {response.status}: {answer[:200]!r}"
        raise AnswerWrong(message)
    return answer


def text_of(answer: bytes) -> str:
    """Decrypt an answer, check who signed it, and give the text it says.

    Raises:
        AnswerWrong: there is none.
    """
    try:
        reply = pushes.unsealed(answer)
    except (AssertionError, KeyError, ValueError) as error:
        message = f"An answer cannot be decrypted: {answer[:200]!r}"
        raise AnswerWrong(message) from error
    said: str | None = ElementTree.fromstring(reply).findtext("Content")
    if not said:
        message = f"An answer says nothing: {reply[:200]}"
        raise AnswerWrong(message)
    return said.strip()


def _made() -> Iterator[tuple[str, bytes]]:
    at = utc_now().timestamp()
    for number in _numbers:
        openid = f"o{number % VISITORS:027}"
        text = pushes.text_xml(TEXT, openid=openid, message_id=number, at=at)
        yield pushes.post(text, at=at)
