"""Settings: what is wrong is said with the variable's name."""

from pathlib import Path

import pytest

from models.vocabulary import Account
from services.runtime import settings
from services.runtime.settings import SettingInvalid
from tests.conftest import SECRET_KEY

ACCOUNT = {
    "ASI_OA_APPID": "wx0123456789abcdef",
    "ASI_OA_SECRET": "s" * 32,
    "ASI_OA_TOKEN": "t" * 16,
    "ASI_OA_AES_KEY": "k" * 43,
}

WRONG = [
    ({"ASI_SECRET_KEY": "short"}, "ASI_SECRET_KEY"),
    ({"ASI_PUBLIC_URL": "http://asi.example.cn"}, "ASI_PUBLIC_URL"),
    ({"ASI_PUBLIC_URL": "http://8.8.8.8"}, "ASI_PUBLIC_URL"),
    ({"ASI_PUBLIC_URL": "https://asi.example.cn/path"}, "ASI_PUBLIC_URL"),
    ({"ASI_PUBLIC_URL": "asi.example.cn"}, "ASI_PUBLIC_URL"),
    ({"ASI_CLOCK_START": "2026-03-02T09:00"}, "ASI_CLOCK_START"),
    ({"ASI_OTHER_URLS": "https://asi.example.org"}, "ASI_OTHER_URLS"),
    ({"ASI_OTHER_URLS": "http://asi.localhost http://8.8.8.8"}, "ASI_OTHER_URLS"),
    ({"ASI_TRUSTED_PROXIES": "127.0.0.1 the-proxy"}, "ASI_TRUSTED_PROXIES"),
    ({"ASI_CLOCK_START": "yesterday"}, "ASI_CLOCK_START"),
    ({"ASI_OA_MODE": "open"}, "ASI_OA_MODE"),
    ({"ASI_OA_TOKEN": "t" * 16}, "ASI_OA_APPID"),
    (ACCOUNT | {"ASI_OA_SECRET": ""}, "ASI_OA_SECRET"),
    (ACCOUNT | {"ASI_OA_TOKEN": "short"}, "ASI_OA_TOKEN"),
    (ACCOUNT | {"ASI_OA_AES_KEY": "k" * 42}, "ASI_OA_AES_KEY"),
    ({"ASI_SMTP_URL": "https://mail.example.org"}, "ASI_SMTP_URL"),
    ({"ASI_SMTP_URL": "smtps://mail.example.org:port"}, "ASI_SMTP_URL"),
    ({"ASI_SMTP_URL": "smtps://mail.example.org"}, "ASI_MAIL_FROM"),
    ({"ASI_VALKEY_URL": "valkey://"}, "ASI_VALKEY_URL"),
    ({"ASI_VALKEY_URL": "valkey://host:port/0"}, "ASI_VALKEY_URL"),
    ({"ASI_VALKEY_URL": "memory://host/0"}, "ASI_VALKEY_URL"),
    ({"ASI_VALKEY_URL": "valkey://host/limits"}, "ASI_VALKEY_URL"),
    (
        ACCOUNT | {"ASI_OA_MODE": "plain", "ASI_PUBLIC_URL": "https://asi.example.cn"},
        "ASI_OA_MODE",
    ),
    (
        {"ASI_PUBLIC_URL": "https://asi.example.cn", "ASI_CLOCK_START": "2026-03-02T09:00+08:00"},
        "ASI_CLOCK_START",
    ),
]


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("variables", "name"), WRONG)
def test_a_wrong_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    _set(monkeypatch, variables)

    with pytest.raises(SettingInvalid, match=name) as refused:
        settings.load()

    assert refused.value.code == "setting_invalid"


def test_a_refusal_never_repeats_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {"ASI_SECRET_KEY": "tooshortsecret"})

    with pytest.raises(SettingInvalid) as refused:
        settings.load()

    assert "tooshortsecret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "http://192.168.1.7:8000",
        "http://[::1]:80",
    ],
)
def test_http_is_for_this_house_only(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    _set(monkeypatch, {"ASI_PUBLIC_URL": address + "/"})

    found = settings.load()

    assert not found.production
    assert found.public_url == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASI_OA_AES_KEY", "-" * 43),
        ("ASI_OA_AES_KEY_NEXT", "a" * 42),
        ("ASI_OA_TOKEN_NEXT", "short"),
        ("ASI_OA_TOKEN", "with a blank in it"),
    ],
)
def test_what_wechats_console_never_gives_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    _set(monkeypatch, ACCOUNT | {name: value})

    with pytest.raises(SettingInvalid, match=rf"{name}\b"):
        settings.load()


def test_two_pairs_are_known_while_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, ACCOUNT)
    before = settings.load().account(Account.OFFICIAL_ACCOUNT)
    _set(monkeypatch, {"ASI_OA_TOKEN_NEXT": "n" * 20})
    during = settings.load().account(Account.OFFICIAL_ACCOUNT)

    assert before is not None
    assert during is not None
    assert len(before.pairs) == 1
    assert during.pairs == (before.pairs[0], ("n" * 20, before.pairs[0][1]))
    assert settings.load().account(Account.MINI_PROGRAM) is None


def test_https_means_production(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, ACCOUNT | {"ASI_PUBLIC_URL": "https://asi.example.cn"})

    assert settings.load().production


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("f" * 40 + "\n")
    monkeypatch.delenv("ASI_SECRET_KEY")
    monkeypatch.setenv("ASI_SECRET_KEY_FILE", str(file))

    assert settings.load().secret_key.get_secret_value() == "f" * 40


def test_a_missing_secret_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASI_SECRET_KEY_FILE", str(tmp_path / "nothing"))

    with pytest.raises(SettingInvalid, match="ASI_SECRET_KEY_FILE"):
        settings.load()


def test_the_database_lies_in_the_data_folder_by_default(tmp_path: Path) -> None:
    found = settings.load(data_dir=tmp_path)

    assert found.database == f"sqlite:///{tmp_path}/asi.db"
    assert found.files_dir == tmp_path / "files"


def test_secrets_are_not_printed() -> None:
    assert SECRET_KEY not in repr(settings.load())
