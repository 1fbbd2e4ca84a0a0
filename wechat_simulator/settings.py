"""What the simulator is told by its environment: the two accounts and where the service is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

Kind = Literal["official-account", "mini-program"]
Mode = Literal["plain", "compatible", "safe"]

OFFICIAL_ACCOUNT: Kind = "official-account"
MINI_PROGRAM: Kind = "mini-program"
PREFIXES: Mapping[Kind, str] = {OFFICIAL_ACCOUNT: "ASI_OA_", MINI_PROGRAM: "ASI_MP_"}
DEFAULT_PUBLIC_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the console of one account shows its owner."""

    kind: Kind
    appid: str
    secret: str
    token: str
    aes_key: str
    mode: Mode


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that is fixed while the simulator runs."""

    credentials: tuple[Credentials, ...]
    public_url: str
    clock_file: Path | None = None
    state_file: Path | None = None
    accepts_any_code: bool = False
    """Unknown login codes log their caller in as a person of their own (WeChat DevTools)."""


def read(
    environment: Mapping[str, str],
    *,
    state_file: Path | None = None,
    accepts_any_code: bool = False,
) -> Settings:
    """Read the settings; an account without an app id does not exist."""
    data_dir = environment.get("ASI_DATA_DIR")
    return Settings(
        credentials=tuple(
            _credentials(environment, kind)
            for kind, prefix in PREFIXES.items()
            if environment.get(f"{prefix}APPID")
        ),
        public_url=environment.get("ASI_PUBLIC_URL", DEFAULT_PUBLIC_URL).rstrip("/"),
        clock_file=Path(data_dir) / "clock.json" if data_dir else None,
        state_file=state_file,
        accepts_any_code=accepts_any_code,
    )


def default_port(public_url: str) -> int:
    """Give the port beside the service's own."""
    address = urlsplit(public_url)
    return (address.port or (443 if address.scheme == "https" else 80)) + 1


def _credentials(environment: Mapping[str, str], kind: Kind) -> Credentials:
    def value(name: str, default: str = "") -> str:
        return environment.get(f"{PREFIXES[kind]}{name}") or default

    return Credentials(
        kind=kind,
        appid=value("APPID"),
        secret=value("SECRET"),
        token=value("TOKEN"),
        aes_key=value("AES_KEY"),
        mode=cast("Mode", value("MODE", "safe")),
    )
