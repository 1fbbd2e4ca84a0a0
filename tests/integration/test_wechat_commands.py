"""Commands that talk to WeChat: against a simulator and a service that really serves."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from api.cli import demo_wechat
from services.errors import Refusal
from services.runtime import settings as runtime_settings
from tests.conftest import PACK, SECRET_KEY
from tests.support import processes
from tests.support.commands import Said, Shell
from tests.support.ports import free_in_a_row
from tests.support.processes import Service, free_port
from tests.support.simulator import ENVIRONMENT, Json, Simulator, in_thread

READ_ORIGINAL = "/r/read-original?ch=article"
SILENT = "http://127.0.0.1:9"
"""Nothing listens on the discard port."""


@dataclass(frozen=True)
class Place:
    """A service, the WeChat it knows, and the folder of its data."""

    service: Service
    simulator: Simulator
    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a command beside the service is told."""
        return ENVIRONMENT | {
            "ASI_SECRET_KEY": SECRET_KEY,
            "ASI_DATA_DIR": str(self.data_dir),
            "ASI_PUBLIC_URL": self.service.url,
            "ASI_WECHAT_API_URL": self.simulator.url,
        }


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data_dir, port = tmp_path_factory.mktemp("place") / "data", free_port()
    with ExitStack() as stack:
        simulator = stack.enter_context(in_thread(ASI_PUBLIC_URL=f"http://127.0.0.1:{port}"))
        told = {"ASI_SECRET_KEY": SECRET_KEY, "ASI_WECHAT_API_URL": simulator.url}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in (ENVIRONMENT | told).items():
                environment.setenv(name, value)
            service = stack.enter_context(processes.running("serve", data_dir=data_dir, port=port))
        yield Place(service, simulator, data_dir)


@pytest.fixture
def place(shared_place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place as commands see it, in which nobody has done anything yet at WeChat."""
    shared_place.simulator.reset()
    for name, value in shared_place.environment.items():
        monkeypatch.setenv(name, value)
    return shared_place


@pytest.fixture
def simulator(place: Place) -> Simulator:
    return place.simulator


@pytest.fixture
def asi(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    file = tmp_path / "cover.png"
    Image.new("RGB", (900, 383), "#00608f").save(file)
    return file


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


def test_the_menu_is_put_in_force_once(asi: Shell, simulator: Simulator) -> None:
    before = asi("menu", "diff", "--json").json
    pushed = asi("menu", "push", "--json").json
    after = asi("menu", "diff", "--json").json
    again = asi("menu", "push", "--json").json

    assert pushed == before
    assert all(row["current"] == "" for row in before)
    assert (after, again) == ([], [])
    assert len(simulator.calls("/cgi-bin/menu/create")) == 1
    names = [button["name"] for button in _menu(simulator)]
    assert names == ["征询文件", "参与征询", "联系我们"]


def test_a_menu_that_differs_is_shown_for_people(asi: Shell, simulator: Simulator) -> None:
    other = [{"type": "click", "name": "旧按钮", "key": "old"}]
    simulator.call("/cgi-bin/menu/create", simulator.token(), button=other)

    said = asi("menu", "diff").out.splitlines()

    assert "1. 旧按钮" in said
    assert "  - click old" in said
    assert _menu(simulator) == other


def test_every_button_of_the_menu_does_something(asi: Shell, simulator: Simulator) -> None:
    assert asi("menu", "push").code == 0
    user = str(asi("simulate", "follow").json["user"])
    below = [item for button in _menu(simulator) for item in button["sub_button"]]

    answers = [
        simulator.menu(user, item["key"])["received"] for item in below if item["type"] == "click"
    ]

    assert len(answers) == 3
    assert all(answers)
    assert all("?ch=menu" in item["url"] for item in below if item["type"] == "view")


def test_an_account_without_the_right_to_a_menu_is_told_so(
    asi: Shell, simulator: Simulator
) -> None:
    simulator.account(type="subscription", verified=False)

    done = asi("menu", "push")

    assert done.code == 1
    assert "48001" in done.err
    assert "Traceback" not in done.err
    assert _menu(simulator) == []


def test_the_menu_of_no_account_is_refused(asi: Shell, place: Place) -> None:
    with pytest.MonkeyPatch.context() as environment:
        for name in ENVIRONMENT:
            environment.delenv(name)
        done = asi("menu", "diff")

    del place
    # account_not_configured
    assert done.code == 1
    assert "这个账号尚未在本服务中配置" in done.err


def test_a_pack_without_a_menu_is_refused(
    asi: Shell, place: Place, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / PACK.name
    shutil.copytree(PACK, pack)
    (pack / "menu.toml").unlink()
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    assert asi("content", "load", str(pack)).code == 0

    done = asi("menu", "diff")

    del place
    # menu_not_written
    assert done.code == 1
    assert "本轮征询的内容包没有菜单" in done.err


def test_the_article_is_left_in_the_draft_box(
    asi: Shell, place: Place, cover: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)

    done = asi("article", "draft", str(cover), "--author", "ASI")

    assert done.code == 0, done.err
    article = _draft(place.simulator, done.out.strip())
    assert article["content_source_url"] == place.service.url + READ_ORIGINAL
    assert 0 < len(article["title"]) <= 32
    assert 0 < len(article["digest"]) <= 128
    assert article["author"] == "ASI"
    assert "阅读原文" in article["content"]
    assert "<a " not in article["content"]


@pytest.mark.usefixtures("place")
def test_a_cover_that_is_not_there_is_refused(asi: Shell, tmp_path: Path) -> None:
    done = asi("article", "draft", str(tmp_path / "nothing.png"))

    # picture_unreadable
    assert done.code == 1
    assert "nothing.png" in done.err
    assert "无法读取图片" in done.err


@pytest.mark.parametrize("taken", [1, 2])
def test_the_demo_needs_three_ports(asi: Shell, tmp_path: Path, taken: int) -> None:
    port = free_in_a_row(3)
    with socket.create_server(("127.0.0.1", port + taken)):
        done = asi("demo", "--port", str(port), "--data-dir", str(tmp_path / "demo"))

    # port_taken
    assert done.code == 1
    assert f"端口 {port + taken} 已被占用" in done.err


def test_a_simulator_that_ends_at_once_is_no_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_in_a_row(3)
    # No Python starts with this: it stands for whatever keeps the simulator from running.
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "nowhere"))
    chosen = runtime_settings.load(
        data_dir=tmp_path, wechat_api_url=f"http://127.0.0.1:{port}", secret_key=SECRET_KEY
    )

    with (
        pytest.raises(Refusal) as refused,
        demo_wechat.simulated(chosen, host="127.0.0.1", port=port),
    ):
        pytest.fail("no simulator is needed")

    assert refused.value.code == "simulator_failed"


def _users(simulator: Simulator) -> list[Json]:
    found: list[Json] = simulator.http.get("/simulator/users").json()["users"]
    return found


def _menu(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[Json] = simulator.http.get("/simulator/menu").json()["button"]
    return found


def _draft(simulator: Simulator, media_id: str) -> Json:
    answer = simulator.call("/cgi-bin/draft/get", simulator.token(), media_id=media_id)
    found: Json = answer["news_item"][0]
    return found
