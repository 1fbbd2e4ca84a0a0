"""Acting as somebody who uses WeChat, and asking the doctor."""

import os
from pathlib import Path

import pytest

from tests.integration.wechat_commands.conftest import Place
from tests.support.commands import Said, Shell
from tests.support.simulator import ENVIRONMENT, Json, Simulator

SILENT = "http://127.0.0.1:9"
"""Nothing listens on the discard port."""


def _words(done: Said) -> list[str]:
    assert done.code == 0, done.err
    return [str(item["content"]["content"]) for item in done.json["received"]]


def _findings(done: Said) -> dict[str, Json]:
    return {str(row["subject"]): row for row in done.json}


def test_somebody_follows_and_is_welcomed(asi: Shell, place: Place) -> None:
    (welcome,) = _words(asi("simulate", "follow"))

    assert "欢迎关注" in welcome
    assert f"{place.service.url}/r/article?ch=reply" in welcome
    assert [user["following"] for user in _users(place.simulator)] == [True]


def test_somebody_writes_and_is_answered(asi: Shell, place: Place) -> None:
    asi("simulate", "follow")

    (answer,) = _words(asi("simulate", "send", "草案"))

    assert f"{place.service.url}/r/ps-v4-draft?ch=reply" in answer


def test_somebody_scans_a_scene_and_an_address(asi: Shell, place: Place) -> None:
    address = f"{place.service.url}/r/survey"

    (welcome,) = _words(asi("simulate", "scan", "ps-v4-draft"))
    (answer,) = _words(asi("simulate", "scan", "coc-v3-draft"))
    opened = asi("simulate", "scan", address)

    assert "/r/ps-v4-draft?ch=reply" in welcome
    assert "/r/coc-v3-draft?ch=reply" in answer
    assert opened.json["outcome"] == {"link": address}
    assert opened.json["received"] == []


def test_a_simulator_on_another_port_is_asked_there(asi: Shell, place: Place) -> None:
    port = place.simulator.url.rpartition(":")[2]

    found = asi("simulate", "--port", port, "follow")
    silent = asi("simulate", "--port", "9", "follow")

    assert _words(found)
    assert silent.code == 1
    assert SILENT in silent.err


def test_one_of_several_people_acts(asi: Shell, simulator: Simulator) -> None:
    first, second = simulator.user("甲"), simulator.user("乙")

    asi("simulate", "follow", "--user", first.openid_oa)
    newest = asi("simulate", "follow").json["user"]

    assert newest == second.openid_oa
    assert [user["following"] for user in _users(simulator)] == [True, True]


@pytest.mark.usefixtures("place")
def test_acting_without_a_simulator_is_refused(asi: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASI_WECHAT_API_URL", SILENT)

    done = asi("simulate", "follow")

    # simulator_silent
    assert done.code == 1
    assert f"{SILENT} 没有微信模拟器应答" in done.err
    assert "No WeChat simulator answers" in done.err


def test_somebody_nobody_knows_cannot_act(asi: Shell, place: Place) -> None:
    del place
    done = asi("simulate", "send", "草案", "--user", "o" + "n" * 27)

    # simulator_refused
    assert done.code == 1
    assert "模拟器没有照做" in done.err


def test_there_is_nothing_to_simulate_without_an_account(asi: Shell) -> None:
    done = asi("simulate")

    # simulator_needs_account
    assert done.code == 1
    assert "还没有可模拟的账号" in done.err


@pytest.mark.usefixtures("place")
def test_the_simulator_takes_the_commands_place(
    asi: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    became: list[tuple[list[str], dict[str, str]]] = []

    def execve(path: str, words: list[str], environment: dict[str, str]) -> None:
        del path
        became.append((words, environment))

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setenv("ASI_OA_TOKEN_NEXT", "the-token-that-comes-after-it")
    state = str(tmp_path / "state")

    asi("simulate", "--port", "9001", "--state", state, "--accept-any-code")

    ((words, environment),) = became
    assert words[1:3] == ["-m", "wechat_simulator"]
    assert words[3:] == [
        "--host", "127.0.0.1", "--port", "9001", "--state", state, "--accept-any-code",
    ]  # fmt: skip
    assert {name: environment[name] for name in ENVIRONMENT} == ENVIRONMENT
    assert "ASI_SECRET_KEY" not in environment


@pytest.mark.usefixtures("place")
def test_the_doctor_finds_nothing_wrong_with_wechat(asi: Shell) -> None:
    done = asi("doctor", "--json")

    found = _findings(done)
    assert done.code == 0, found
    assert {name for name in found if "account" in name or "program" in name} == {
        "official account",
        "official account callback",
        "mini program",
        "mini program callback",
    }
    assert "白名单" in found["official account"]["detail"]
    assert found["clock"]["detail"].startswith("与微信服务器相差 ")


def test_the_doctor_says_what_is_not_configured(asi: Shell, place: Place) -> None:
    with pytest.MonkeyPatch.context() as environment:
        for name in ENVIRONMENT:
            environment.delenv(name)
        found = _findings(asi("doctor", "--json", "--lang", "en"))

    del place
    assert {found[name]["detail"] for name in ("official account", "mini program")} == {
        "not configured"
    }
    assert "clock" not in found


@pytest.mark.usefixtures("place")
def test_the_doctor_tries_the_secret(asi: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASI_OA_SECRET", "a-secret-of-somebody-else")

    done = asi("doctor", "--json")

    found = _findings(done)
    assert done.code == 1
    assert [name for name, row in found.items() if not row["ok"]] == ["official account"]
    assert "AppSecret" in found["official account"]["detail"]
    assert "a-secret-of-somebody-else" not in done.out


def test_the_doctor_names_our_address_if_wechat_lets_it_not_in(
    asi: Shell, simulator: Simulator
) -> None:
    simulator.account(allowed_addresses=["203.0.113.7"])

    done = asi("doctor", "--json")

    found = _findings(done)["official account"]
    assert (done.code, found["ok"]) == (1, False)
    assert "127.0.0.1" in found["detail"]


@pytest.mark.usefixtures("place")
def test_the_doctor_hears_nothing_from_our_callback(
    asi: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASI_PUBLIC_URL", SILENT)

    done = asi("doctor", "--json")

    found = _findings(done)
    wrong = [name for name, row in found.items() if not row["ok"]]
    assert wrong == ["official account callback", "mini program callback"]
    assert f"{SILENT}/wechat/official-account 没有应答" in found[wrong[0]]["detail"]


@pytest.mark.usefixtures("place")
def test_the_doctor_tries_the_token(asi: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASI_OA_TOKEN", "a-token-the-service-does-not-know")

    done = asi("doctor", "--json", "--lang", "en")

    found = _findings(done)
    assert [name for name, row in found.items() if not row["ok"]] == ["official account callback"]
    assert "status 403" in found["official account callback"]["detail"]


@pytest.mark.usefixtures("place")
def test_the_doctor_goes_on_without_wechat(asi: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASI_WECHAT_API_URL", SILENT)

    found = _findings(asi("doctor", "--json"))

    assert [name for name, row in found.items() if not row["ok"]] == [
        "official account",
        "mini program",
    ]
    assert found["clock"]["detail"] == "无法与微信服务器的时间比较"


def _users(simulator: Simulator) -> list[Json]:
    found: list[Json] = simulator.http.get("/simulator/users").json()["users"]
    return found
