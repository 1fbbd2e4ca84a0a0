"""Answers: asked for one at a time, to hold both servers to the same bytes."""

from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection

from bench.failures import AnswerWrong
from bench.tables import Table

SECONDS = 30
"""How long one answer may take; the first one waits until the server has begun."""


@dataclass(frozen=True)
class Answer:
    """As much of an answer as has to be the same."""

    status: int
    location: str | None
    encoding: str | None
    body: bytes


def first(port: int, *, table: Table) -> Answer:
    """Ask our server for what both servers will be held to.

    Raises:
        AnswerWrong: it is neither a redirect nor a page, or not in the table's encoding.
    """
    answer = ask(port, table.path, table=table)
    redirects = answer.status == HTTPStatus.FOUND and bool(answer.location)
    serves = answer.status == HTTPStatus.OK and bool(answer.body)
    if not (redirects or serves) or (answer.encoding or "identity") != table.encoding:
        message = f"{table.title}: {table.path} answers {_shown(answer)}"
        raise AnswerWrong(message)
    return answer


def ask(port: int, path: str, *, table: Table) -> Answer:
    """Ask once. The body of a redirect is left out: nobody reads it, and nginx writes a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in table.headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    return Answer(
        status=response.status,
        location=response.headers["location"],
        encoding=response.headers["content-encoding"],
        body=b"" if response.status == HTTPStatus.FOUND else body,
    )


def check(port: int, path: str, *, table: Table, expected: Answer) -> None:
    """Ask once more and compare.

    Raises:
        AnswerWrong
    """
    answer = ask(port, path, table=table)
    if answer != expected:
        message = f"{table.title}: {path} answers {_shown(answer)}, not {_shown(expected)}"
        raise AnswerWrong(message)


def _shown(answer: Answer) -> str:
    return (
        f"{answer.status} with {len(answer.body)} bytes, "
        f"encoding {answer.encoding}, location {answer.location}"
    )
