"""E-mail by SMTP: over TLS that is verified, with an end to every wait, and no mail sent twice.

An address is a person's: nothing here logs one or puts one into an error.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from enum import Enum, auto
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

SECONDS = 15
"""How long any one answer of the server may take."""

SECONDS_IN_ALL = 45
"""How long handing a mail over may take: a job has a minute, and writes down how it went."""

PORTS = {"smtps": 465, "smtp": 587}
TEMPORARY = range(400, 500)

# Not every server takes 8-bit bodies.
_POLICY = SMTP_POLICY.clone(cte_type="7bit")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; `parameters` are those of its content type."""

    name: str
    content: bytes = field(repr=False)
    kind: tuple[str, str]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Mail:
    """A plain text to one person."""

    id: str
    """Names the mail for ever: part of its Message-ID, by which programs know a repeated one."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    attachments: Sequence[Attachment] = ()


class Fate(Enum):
    """What came of a mail."""

    TAKEN = auto()
    """The server answers for it from now on."""

    NOT_NOW = auto()
    """Surely not taken, and another time it may be."""

    REFUSED = auto()
    """Surely not taken, and it never will be."""

    UNKNOWN = auto()
    """The connection broke while the server was deciding."""


@dataclass(frozen=True)
class Outcome:
    """What came of a mail, and the number of SMTP's that says why, if there was one."""

    fate: Fate
    code: int | None = None


@dataclass(frozen=True)
class Server:
    """The server that takes our mail."""

    host: str
    port: int
    tls_at_once: bool
    """TLS from the first byte (smtps); else it is begun by STARTTLS."""

    user: str = ""
    password: str = field(default="", repr=False)
    plain: bool = False
    """Whether it may do without TLS where it offers none: for development alone."""


def server(url: str, *, plain: bool = False) -> Server:
    """Read `smtps://user:password@host:465` or `smtp://…:587`.

    Raises:
        ValueError: it is no such address.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/"):
        message = "smtps://user:password@host:port is expected"
        raise ValueError(message)
    return Server(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        tls_at_once=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        plain=plain and parts.scheme == "smtp",
    )


class Mailer:
    """Sends mail from one address through one server, each mail over a connection of its own."""

    def __init__(self, server: Server, *, sender: str, tls: ssl.SSLContext | None = None) -> None:
        """Take the server and the sender, such as `ASI <consultation@example.org>`."""
        self._server = server
        self._sender = sender
        self._address = parseaddr(sender)[1]
        self._tls = tls

    async def send(self, mail: Mail, *, now: datetime) -> Outcome:
        """Hand a mail over, once. Never raises for what a server or a network does."""
        message = self._written(mail, now).as_bytes(policy=_POLICY)
        handing_over = False
        try:
            async with asyncio.timeout(SECONDS_IN_ALL), self._connected() as client:
                await client.mail(self._address)
                await client.rcpt(mail.to)
                handing_over = True
                await client.data(message)
        except (SMTPRecipientRefused, SMTPDataError) as refusal:
            later = refusal.code in TEMPORARY
            return Outcome(Fate.NOT_NOW if later else Fate.REFUSED, refusal.code)
        except SMTPResponseException as refusal:
            # Who we are is not believed: to be set right here, and then the mail can go.
            return Outcome(Fate.NOT_NOW, refusal.code)
        except (SMTPException, OSError):
            return Outcome(Fate.UNKNOWN if handing_over else Fate.NOT_NOW)
        return Outcome(Fate.TAKEN)

    async def check(self) -> Outcome:
        """Find out whether the server would take mail from us, without sending one."""
        try:
            async with self._connected() as client:
                await client.noop()
        except SMTPResponseException as refusal:
            return Outcome(Fate.NOT_NOW, refusal.code)
        except (SMTPException, OSError):
            return Outcome(Fate.NOT_NOW)
        return Outcome(Fate.TAKEN)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        known = self._server
        client = SMTP(
            hostname=known.host,
            port=known.port,
            username=known.user or None,
            password=known.password or None,
            # Its default asks the resolver for our own name, which may take long.
            local_hostname=self._address.partition("@")[2] or "localhost",
            timeout=SECONDS,
            use_tls=known.tls_at_once,
            start_tls=None if known.plain else not known.tls_at_once,
            tls_context=self._tls or ssl.create_default_context(),
        )
        await client.connect()
        try:
            yield client
        finally:
            client.close()

    def _written(self, mail: Mail, now: datetime) -> EmailMessage:
        message = EmailMessage(policy=_POLICY)
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{mail.id}@{self._address.partition('@')[2]}>"
        # Holiday answers would come back to an address that nobody reads (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        for item in mail.attachments:
            main, sub = item.kind
            message.add_attachment(
                item.content,
                maintype=main,
                subtype=sub,
                filename=item.name,
                params=dict(item.parameters),
            )
        return message
