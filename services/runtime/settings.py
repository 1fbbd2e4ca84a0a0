"""The settings: environment variables with the prefix ASI_, a .env file, secrets from files.

`NAME_FILE` names a file that holds the value of `NAME`, as Docker and Kubernetes mount secrets.
Each setting's docstring is its entry in docs/settings.md, which a test keeps complete.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.vocabulary import Account, Language
from services import texts
from services.errors import CannotStart
from services.runtime import setting_addresses

PREFIX = "ASI_"
SECRET_KEY_LENGTH = 32
"""Least number of characters of ASI_SECRET_KEY: `openssl rand -hex 32` gives 64."""

LEAST_SIGNS = 10
"""Different ones that a random key has at least; `openssl rand -hex 32` has about all 16."""

WECHAT_TOKEN = re.compile(r"[\x21-\x7e]{16,}")
"""A callback token we accept. WeChat's console takes 3 to 32 letters and digits."""

WECHAT_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
"""An EncodingAESKey: 32 bytes in base64 without its last sign."""

Mode = Literal["plain", "compatible", "safe"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingInvalid(CannotStart):
    """A setting is missing or wrong.

    `reason` is a key below `settings` in the texts, or what pydantic says of a value's form.
    """

    code = "setting_invalid"

    def sentence(self, language: Language) -> str:
        """Name the variable and what is expected of it."""
        key = f"settings.{self.values['reason']}"
        known = texts.known(key)
        reason = texts.say(key, language, **self.values) if known else self.values["reason"]
        return texts.say("refusals.setting_invalid", language, **(self.values | {"reason": reason}))


@dataclass(frozen=True)
class AccountSettings:
    """One of our accounts at WeChat."""

    appid: str
    secret: str = field(repr=False)
    pairs: tuple[tuple[str, str], ...] = field(repr=False)
    """Callback token and EncodingAESKey; the current pair first, the coming one after it."""

    mode: Mode


class Settings(BaseSettings):
    """What whoever runs the service decides."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    data_dir: Path = Path("var")
    """Folder for the database, mirrored files and the demo's secrets."""

    database_url: str = ""
    """SQLAlchemy address of the database: `sqlite:///path/to.db` or `postgresql://…`. Empty: `asi.db` in the data folder."""  # noqa: E501 - one entry of the documentation

    public_url: Annotated[str, AfterValidator(setting_addresses.public_url)] = (
        "http://127.0.0.1:8000"
    )
    """Where people reach the service, without a path. https means production, http means development."""  # noqa: E501

    other_urls: Annotated[
        tuple[Annotated[str, AfterValidator(setting_addresses.public_url)], ...],
        NoDecode,
        BeforeValidator(setting_addresses.apart),
    ] = ()
    """Further addresses of the same service, separated by blanks: every printed code works there too."""  # noqa: E501

    trusted_proxies: Annotated[
        tuple[Network, ...], NoDecode, BeforeValidator(setting_addresses.apart)
    ] = ()
    """Addresses or networks of our own reverse proxies, whose `X-Forwarded-For` is believed; separated by blanks."""  # noqa: E501

    secret_key: SecretStr = SecretStr("")
    """At least 32 random characters from which the service derives its keys. Required."""

    secret_key_old: SecretStr = SecretStr("")
    """While the secret key is being changed: the old one, which still opens what it sealed."""

    backup_key: SecretStr = SecretStr("")
    """At least 32 random characters under which backups are encrypted. Empty: ASI_SECRET_KEY."""

    valkey_url: SecretStr = SecretStr("")
    """Valkey in which several processes count together what is limited: `valkey://host:6379/0`. Empty: each counts alone."""  # noqa: E501

    content: Path = Path("content/2026-first")
    """Folder of the content pack that an empty SQLite database is filled with."""

    clock_start: AwareDatetime | None = None
    """Development only: the running clock starts at this instant instead of now, such as `2026-03-02T09:00+08:00`."""  # noqa: E501

    verification_files: Path | None = None
    """Folder of the domain verification files (`MP_verify_….txt`) served at the root, byte for byte."""  # noqa: E501

    attachment_megabytes: Annotated[int, Field(ge=1, le=20)] = 5
    """How large a file sent along with feedback may be."""

    wechat_api_url: str = "https://api.weixin.qq.com"
    """WeChat's API host, or the simulator's."""

    oa_appid: str = ""
    """App id of the official account."""

    oa_secret: SecretStr = SecretStr("")
    """AppSecret of the official account."""

    oa_token: SecretStr = SecretStr("")
    """Callback token of the official account, at least 16 characters."""

    oa_aes_key: SecretStr = SecretStr("")
    """EncodingAESKey of the official account, 43 characters."""

    oa_token_next: SecretStr = SecretStr("")
    """While the token is being changed: the new one, accepted beside the old one."""

    oa_aes_key_next: SecretStr = SecretStr("")
    """While the EncodingAESKey is being changed: the new one, accepted beside the old one."""

    oa_mode: Mode = "safe"
    """How the official account's pushes are protected: safe, compatible, or plain (development only)."""  # noqa: E501

    oa_web_login: bool = False
    """Whether pages in WeChat may ask it who reads them: for a verified service account whose 网页授权域名 is our host."""  # noqa: E501

    mp_appid: str = ""
    """App id of the mini-program."""

    mp_secret: SecretStr = SecretStr("")
    """AppSecret of the mini-program."""

    mp_token: SecretStr = SecretStr("")
    """Callback token of the mini-program, at least 16 characters."""

    mp_aes_key: SecretStr = SecretStr("")
    """EncodingAESKey of the mini-program, 43 characters."""

    mp_token_next: SecretStr = SecretStr("")
    """While the token is being changed: the new one, accepted beside the old one."""

    mp_aes_key_next: SecretStr = SecretStr("")
    """While the EncodingAESKey is being changed: the new one, accepted beside the old one."""

    mp_mode: Mode = "safe"
    """How the mini-program's pushes are protected: safe, compatible or plain (development only)."""

    cloud_hosting: bool = False
    """Whether this is a container of 微信云托管 that only callContainer reaches: its identity headers are believed."""  # noqa: E501

    notice_templates: Path | None = None
    """File that says by which templates of the mini-program reminders go; none without it."""

    smtp_url: SecretStr = SecretStr("")
    """Server that takes our mail: `smtps://user:password@host:465`, or `smtp://…:587` with STARTTLS. Empty: no mail."""  # noqa: E501

    mail_from: str = ""
    """Sender of our mail, such as `ASI <consultation@example.org>`. Required with a server."""

    wecom_robot_url: SecretStr = SecretStr("")
    """企业微信's group robot that tells the contacts of what came in, its whole address with the key. Empty: none."""  # noqa: E501

    staff_mail: Annotated[tuple[str, ...], NoDecode, BeforeValidator(setting_addresses.apart)] = ()
    """Addresses of those who are told so by mail where there is no robot or it fails; separated by blanks."""  # noqa: E501

    staff_notice_minutes: Annotated[int, Field(ge=1, le=240)] = 10
    """News of so many minutes are one message to them."""

    staff_quiet: bool = True
    """Whether those messages wait for the working hours of the content pack."""

    @property
    def production(self) -> bool:
        """Whether this is the real thing: the public address is https."""
        return self.public_url.startswith("https://")

    @property
    def database(self) -> str:
        """The database's address, its default filled in."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'asi.db').absolute()}"

    @property
    def files_dir(self) -> Path:
        """Where mirrored files lie, by their SHA-256."""
        return self.data_dir / "files"

    def account(self, account: Account) -> AccountSettings | None:
        """Give what is known of one of our accounts, None when it is not configured."""
        values = self._account_values(PREFIXES[account])
        if not values["appid"]:
            return None
        current = (values["token"], values["aes_key"])
        following = (
            values["token_next"] or values["token"],
            values["aes_key_next"] or values["aes_key"],
        )
        return AccountSettings(
            appid=values["appid"],
            secret=values["secret"],
            pairs=(current,) if following == current else (current, following),
            mode=getattr(self, f"{PREFIXES[account]}_mode"),
        )

    def _account_values(self, prefix: str) -> dict[str, str]:
        names = (*ACCOUNT_FIELDS, "token_next", "aes_key_next")
        return {name: _plain(getattr(self, f"{prefix}_{name}")) for name in names}

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        _require(
            len(self.secret_key.get_secret_value()) >= SECRET_KEY_LENGTH,
            "SECRET_KEY",
            "too_short",
            least=SECRET_KEY_LENGTH,
        )
        _require(setting_addresses.is_database(self.database), "DATABASE_URL", "not_a_database")
        if self.production:
            varied = len(set(self.secret_key.get_secret_value())) >= LEAST_SIGNS
            _require(varied, "SECRET_KEY", "guessable")
        if key := self.backup_key.get_secret_value():
            long_enough = len(key) >= SECRET_KEY_LENGTH
            _require(long_enough, "BACKUP_KEY", "too_short", least=SECRET_KEY_LENGTH)
        _require(self.mp_appid or not self.cloud_hosting, "MP_APPID", "account_incomplete")
        _require(
            all(url.startswith("https://") == self.production for url in self.other_urls),
            "OTHER_URLS",
            "unlike_the_public_url",
        )
        if self.production:
            _require(self.clock_start is None, "CLOCK_START", "for_development")
        for prefix in PREFIXES.values():
            self._check_account(prefix)
        _require(self.oa_appid or not self.oa_web_login, "OA_APPID", "account_incomplete")
        self._check_mail()
        if url := self.valkey_url.get_secret_value():
            _require(setting_addresses.is_valkey(urlsplit(url)), "VALKEY_URL", "not_a_valkey")
        return self

    def _check_mail(self) -> None:
        if url := self.smtp_url.get_secret_value():
            _require(
                setting_addresses.is_mail_server(urlsplit(url)), "SMTP_URL", "not_a_mail_server"
            )
            _require("@" in parseaddr(self.mail_from)[1], "MAIL_FROM", "sender_missing")
        _require(not self.staff_mail or url, "SMTP_URL", "for_staff_mail")
        _require(all("@" in one for one in self.staff_mail), "STAFF_MAIL", "not_addresses")
        if robot := self.wecom_robot_url.get_secret_value():
            _require(setting_addresses.is_robot(urlsplit(robot)), "WECOM_ROBOT_URL", "not_a_robot")

    def _check_account(self, prefix: str) -> None:
        values = self._account_values(prefix)
        if not any(values.values()):
            return
        for name in ACCOUNT_FIELDS:
            _require(values[name], f"{prefix}_{name}", "account_incomplete")
        for name in ("token", "token_next"):
            long_enough = bool(WECHAT_TOKEN.fullmatch(values[name] or values["token"]))
            _require(long_enough, f"{prefix}_{name}", "not_a_token")
        for name in ("aes_key", "aes_key_next"):
            fits = bool(WECHAT_AES_KEY.fullmatch(values[name] or values["aes_key"]))
            _require(fits, f"{prefix}_{name}", "not_an_aes_key")
        plain = getattr(self, f"{prefix}_mode") == "plain"
        _require(not (self.production and plain), f"{prefix}_mode", "plain_in_production")


PREFIXES = {Account.OFFICIAL_ACCOUNT: "oa", Account.MINI_PROGRAM: "mp"}
"""What an account's settings begin with."""

ACCOUNT_FIELDS = ("appid", "secret", "token", "aes_key")


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _require(condition: object, name: str, reason: str, **values: int) -> None:
    if not condition:
        raise SettingInvalid(name=PREFIX + name.upper(), reason=reason, **values)


def load(environ: Mapping[str, str] | None = None, **given: Any) -> Settings:  # noqa: ANN401 - any field
    """Read the settings; `given` ones win over the environment, which wins over .env.

    Raises:
        SettingInvalid: names the first variable that is missing or wrong, and what is expected.
    """
    environ = os.environ if environ is None else environ
    try:
        return Settings(**(_from_files(environ) | given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingInvalid(name=PREFIX + name, reason=reason) from None


def _from_files(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.model_fields:
        variable = f"{PREFIX}{name.upper()}_FILE"
        if path := environ.get(variable):
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingInvalid(name=variable, reason="unreadable_file", file=path) from error
    return values
