"""A mail server on this machine that keeps what it gets, and refuses what it is told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass
class MailHost:
    """What a test sets and looks at."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipient: str = "250 OK"
    """What it says to each recipient."""

    answer: str = "250 OK"
    """What it says to each mail; nothing: the connection breaks."""

    silent_at: str = ""
    """RCPT or DATA: what it never answers."""

    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's spelling
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        await self._answering("RCPT")
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(  # noqa: N802 - the same
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        await self._answering("DATA")
        if self.answer.startswith("250"):
            content = cast("bytes", envelope.content)
            self.mails.append(message_from_bytes(content, policy=default))
        if not self.answer:
            cast("asyncio.Transport", server.transport).abort()
        return self.answer

    async def _answering(self, command: str) -> None:
        if command == self.silent_at:
            await asyncio.Event().wait()


@asynccontextmanager
async def mail_host(**options: Any) -> AsyncIterator[MailHost]:
    """Run a mail server until the end of the block; the options are aiosmtpd's."""
    host = MailHost()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(host, hostname="localhost", **options), HOST, 0
    )
    host.port = server.sockets[0].getsockname()[1]
    async with server:
        yield host


def certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Give what a server shows and what trusts it: a certificate that nobody else knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)  # noqa: TID251 - TLS goes by the machine's time
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    shows = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shows.load_cert_chain(file)
    return shows, ssl.create_default_context(cafile=file)
