"""A website outside: real TLS on this machine, found under a made-up public address."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.link_health.public_only import NO_REUSE, PublicOnly

PUBLIC_NUMBER = "93.184.215.14"
"""What the site's names stand for in these tests; connections to it end on this machine."""

VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Page:
    """What an address answers."""

    body: bytes = b""
    content_type: str = "application/pdf"
    status: int = 200
    location: str = ""
    encoding: str = ""
    announced: int | None = None
    """A Content-Length that is not the body's."""

    silent: bool = False
    """It takes the request and never answers."""


@dataclass
class Outside:
    """The site, and the way to it."""

    certificate: Path
    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    """By host and path, such as `asi.example/draft.pdf`."""

    names: dict[str, list[str]] = field(default_factory=dict)
    """What names stand for; any other is the site."""

    later: dict[str, list[str]] = field(default_factory=dict)
    """What names stand for once they have been asked for."""

    asked: list[str] = field(default_factory=list)

    def way(self) -> httpx2.AsyncBaseTransport:
        """Give the way out that the service uses, but for its last step."""
        return PublicOnly(_Rerouted(self), resolve=self.resolve)

    async def resolve(self, host: str) -> list[str]:
        """Be the name server."""
        found = self.names.get(host, [PUBLIC_NUMBER])
        if host in self.later:
            self.names[host] = self.later[host]
        return found

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ", 2)[1].partition("?")[0]
            host = head.lower().partition("\r\nhost: ")[2].partition("\r\n")[0]
            self.asked.append(host + path)
            page = self.pages.get(host + path, Page(status=404))
            if page.silent:
                await reader.read()
            writer.write(_bytes(page))
            await writer.drain()
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


class _Rerouted(httpx2.AsyncHTTPTransport):
    def __init__(self, site: Outside) -> None:
        super().__init__(
            verify=ssl.create_default_context(cafile=str(site.certificate)), limits=NO_REUSE
        )
        self._site = site

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host != PUBLIC_NUMBER:
            message = f"Nobody lives at {request.url.host}."
            raise httpx2.ConnectError(message, request=request)
        request.url = request.url.copy_with(host="127.0.0.1", port=self._site.port)
        return await super().handle_async_request(request)


@asynccontextmanager
async def opened(certificate: Path) -> AsyncIterator[Outside]:
    """Open the site, with a certificate made by `write_certificate`."""
    site = Outside(certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0, ssl=context)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        await server.wait_closed()


def write_certificate(folder: Path, *names: str) -> Path:
    """Write a key and a certificate that only who is told to trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    covered = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    itself = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "outside")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(itself)
        .issuer_name(itself)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_FROM + timedelta(days=36500))
        .add_extension(covered, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "outside.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def _bytes(page: Page) -> bytes:
    length = len(page.body) if page.announced is None else page.announced
    lines = [
        f"HTTP/1.1 {page.status} Said",
        f"Content-Length: {length}",
        f"Content-Type: {page.content_type}",
        "Connection: close",
    ]
    if page.encoding:
        lines.append(f"Content-Encoding: {page.encoding}")
    if page.location:
        lines.append(f"Location: {page.location}")
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + page.body
