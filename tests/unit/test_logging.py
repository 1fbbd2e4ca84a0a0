"""Logs: one JSON object a line, nobody and no secret in it."""

import json
import logging as standard

import pytest
import structlog

from services.runtime import logging


def _last_line(captured: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(captured.readouterr().err.splitlines()[-1])
    return found


def test_names_of_secrets_and_persons_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure(json=True)
    structlog.get_logger("test").info(
        "login", openid="o" * 28, access_token="abc", phone="1", path="/v1/login"
    )

    line = _last_line(capsys)

    assert line["path"] == "/v1/login"
    assert [line[name] for name in ("openid", "access_token", "phone")] == [logging.HIDDEN] * 3


@pytest.mark.parametrize(
    "secret",
    [
        "13800138000",
        "+8613800138000",
        "someone@example.org",
        "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        "access_token=abcdef",
        "grant_type=x&secret=abcdef",
    ],
)
def test_what_looks_like_a_person_or_a_secret_is_hidden(
    capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    logging.configure(json=True)
    structlog.get_logger("test").warning("upstream", url=f"https://a.cn/?{secret}", all=[secret])

    assert secret.rsplit("=", maxsplit=1)[-1] not in capsys.readouterr().err


@pytest.mark.parametrize("json_lines", [True, False])
def test_an_exception_shows_no_local_values(
    capsys: pytest.CaptureFixture[str], *, json_lines: bool
) -> None:
    logging.configure(json=json_lines)

    def fail() -> None:
        session_key = "canary-value"
        raise ValueError(len(session_key))

    try:
        fail()
    except ValueError as error:
        structlog.get_logger("test").error("fault", exc_info=error)

    said = capsys.readouterr().err
    assert "ValueError" in said
    assert "canary-value" not in said


def test_libraries_log_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure(json=True)
    standard.getLogger("uvicorn.error").warning("from someone@example.org")

    line = _last_line(capsys)

    assert line["logger"] == "uvicorn.error"
    assert "someone" not in str(line["event"])
