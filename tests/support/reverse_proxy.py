"""nginx with the very files that are deployed, their folder and ports exchanged."""

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.runtime.clock import utc_now
from tests.support import programs
from tests.support.processes import ROOT, free_port

FILES = ROOT / "deploy" / "nginx"
HOST = "asi.example.cn"
START_SECONDS = 10
STOP_SECONDS = 10
EMPTY: Mapping[str, str] = MappingProxyType({})


class ReverseProxy:
    """A folder that looks to nginx as /etc/nginx does in the container."""

    def __init__(self, folder: Path, *, app: str) -> None:
        """Have the deployed files put there, as on a machine of its own."""
        self._nginx = programs.found("nginx")
        self.http, self.https = free_port(), free_port()
        self._folder = folder
        values = {
            "SERVER_NAMES": f"{HOST} asi.example.org",
            "APP": app,
            "HTTP_PORT": str(self.http),
            "HTTPS_PORT": str(self.https),
            "PID": str(folder / "nginx.pid"),
            "LOG": "/dev/stdout",
            "TEMPORARY": str(folder),
        }
        subprocess.run(
            [str(FILES / "place"), str(folder)], env=os.environ | values, check=True, timeout=10
        )
        _make_certificate(folder / "tls")

    def add_example(self, name: str, to: str, exchanged: Mapping[str, str] = EMPTY) -> None:
        """Put in one of the examples for several machines, some words of it exchanged."""
        text = (FILES / name).read_text(encoding="utf-8")
        for old, new in exchanged.items():
            assert old in text
            text = text.replace(old, new)
        (self._folder / to).write_text(text, encoding="utf-8")

    def check(self) -> subprocess.CompletedProcess[str]:
        """Have nginx read it all."""
        return subprocess.run(self._command("-t"), capture_output=True, text=True, check=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until left."""
        # Where root runs the tests, its folders are closed to the user nginx would become.
        directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(self._command("-g", directives), stdout=log, stderr=log)
        try:
            _wait_until_listening(self.https)
            yield
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)

    def trusting(self) -> ssl.SSLContext:
        """Give what a client needs that trusts this certificate and no other."""
        return ssl.create_default_context(cafile=str(self._folder / "tls" / "fullchain.pem"))

    @property
    def log(self) -> str:
        """What was logged so far."""
        return (self._folder / "log").read_text(encoding="utf-8")

    def _command(self, *arguments: str) -> list[str]:
        configuration = str(self._folder / "nginx.conf")
        return [self._nginx, "-e", "stderr", "-c", configuration, *arguments]


def _wait_until_listening(port: int) -> None:
    pause = Event()
    for _ in range(START_SECONDS * 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.02)
    message = "nginx does not listen"
    raise RuntimeError(message)


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    today = utc_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
