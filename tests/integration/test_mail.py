"""E-mail: over TLS that is verified, handed over once, and honest about how it went."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from services.runtime import mail
from services.runtime.mail import Fate, Mail, Mailer, Outcome
from tests.support.mail_host import HOST, certified, mail_host
from tests.support.ports import free_in_a_row

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
MAIL = Mail(id="one", to="wang@example.org", subject="会议提醒", text="您好：\n\n16:00 开始。")
SENDER = "ASI 公开意见征询 <asi@example.org>"


def _mailer(
    port: int, *, scheme: str = "smtp", plain: bool = True, tls: ssl.SSLContext | None = None
) -> Mailer:
    server = mail.server(f"{scheme}://user:p%40ss@{HOST}:{port}", plain=plain)
    return Mailer(server, sender=SENDER, tls=tls)


async def _sent(port: int) -> Outcome:
    server = mail.server(f"smtp://{HOST}:{port}", plain=True)
    return await Mailer(server, sender=SENDER).send(MAIL, now=NOW)


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with mail_host() as host:
        outcome = await _sent(host.port)

    (got,) = host.mails
    assert outcome == Outcome(Fate.TAKEN)
    assert (got["Subject"], got["From"], got["To"]) == ("会议提醒", SENDER, "wang@example.org")
    assert got.get_content().splitlines() == ["您好：", "", "16:00 开始。"]
    assert got["Message-ID"] == "<one@example.org>"
    assert got["Date"] == "Mon, 02 Mar 2026 01:00:00 +0000"


@pytest.mark.parametrize(
    ("recipient", "answer", "outcome"),
    [
        ("450 Try later", "250 OK", Outcome(Fate.NOT_NOW, 450)),
        ("550 No such user", "250 OK", Outcome(Fate.REFUSED, 550)),
        ("250 OK", "451 Try later", Outcome(Fate.NOT_NOW, 451)),
        ("250 OK", "554 Spam", Outcome(Fate.REFUSED, 554)),
        ("250 OK", "", Outcome(Fate.UNKNOWN)),
    ],
)
async def test_a_server_may_refuse_for_now_or_for_good_or_fall_silent(
    recipient: str, answer: str, outcome: Outcome
) -> None:
    async with mail_host() as host:
        host.recipient, host.answer = recipient, answer

        assert await _sent(host.port) == outcome


@pytest.mark.parametrize(("command", "fate"), [("RCPT", Fate.NOT_NOW), ("DATA", Fate.UNKNOWN)])
async def test_a_mail_has_an_end_however_slow_the_server_is(
    command: str, fate: Fate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "SECONDS_IN_ALL", 1)
    async with mail_host() as host, asyncio.timeout(mail.SECONDS / 2):
        host.silent_at = command

        assert await _sent(host.port) == Outcome(fate)


async def test_what_is_wrong_with_us_is_no_reason_to_give_a_mail_up() -> None:
    refuse = {
        "authenticator": lambda *_: AuthResult(success=False, handled=False),
        "auth_require_tls": False,
    }
    async with mail_host(**refuse) as host:
        not_believed = await _mailer(host.port).send(MAIL, now=NOW)

    assert not_believed == Outcome(Fate.NOT_NOW, 535)
    assert await _sent(free_in_a_row(1)) == Outcome(Fate.NOT_NOW)


async def test_no_mail_goes_to_a_server_that_is_not_who_it_should_be(tmp_path: Path) -> None:
    shows, trusts = certified(tmp_path)
    accept = {"authenticator": lambda *_: AuthResult(success=True), "tls_context": shows}
    async with mail_host(**accept) as host:
        unknown = await _mailer(host.port, plain=False).send(MAIL, now=NOW)
        known = await _mailer(host.port, plain=False, tls=trusts).send(MAIL, now=NOW)
        checked = await _mailer(host.port, plain=False, tls=trusts).check()
    async with mail_host() as bare:
        without = await _mailer(bare.port, plain=False).send(MAIL, now=NOW)

    assert [unknown.fate, known.fate, checked.fate] == [Fate.NOT_NOW, Fate.TAKEN, Fate.TAKEN]
    assert (without.fate, len(host.mails), bare.mails) == (Fate.NOT_NOW, 1, [])


def test_what_is_private_is_not_printed() -> None:
    shown = repr(MAIL) + repr(mail.server("smtps://user:hunter2@mail.example.org"))

    assert not any(word in shown for word in ("wang@", "hunter2", "16:00"))


@pytest.mark.parametrize("url", ["https://mail.example.org", "smtps://", "smtp://host/path"])
def test_an_address_of_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtps://user:password@host:port"):
        mail.server(url)
