"""The menu, the article, and the demo's own WeChat."""

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from api.cli import demo_wechat
from services.errors import Refusal
from services.runtime import settings as runtime_settings
from tests.conftest import PACK, SECRET_KEY
from tests.integration.wechat_commands.conftest import Place
from tests.support.commands import Shell
from tests.support.ports import free_in_a_row
from tests.support.simulator import ENVIRONMENT, Json, Simulator

READ_ORIGINAL = "/r/read-original?ch=article"


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


def _menu(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[Json] = simulator.http.get("/simulator/menu").json()["button"]
    return found


def _draft(simulator: Simulator, media_id: str) -> Json:
    answer = simulator.call("/cgi-bin/draft/get", simulator.token(), media_id=media_id)
    found: Json = answer["news_item"][0]
    return found
