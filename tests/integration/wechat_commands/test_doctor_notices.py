"""The doctor's look at the ways notices go."""

from pathlib import Path

import pytest

from tests.support.commands import Said, Shell
from tests.support.simulator import Simulator

FILE = """
[reminder_soon]
template_id = "SOON"
values = { thing1 = "title", time2 = "starts_at" }
"""


@pytest.fixture
def _templates(place: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del place
    file = tmp_path / "templates.toml"
    file.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("ASI_NOTICE_TEMPLATES", str(file))


def _found(done: Said, subject: str) -> tuple[bool, str]:
    (found,) = [row for row in done.json if row["subject"] == subject]
    return bool(found["ok"]), str(found["detail"])


@pytest.mark.usefixtures("_templates")
def test_the_doctor_compares_the_templates_with_the_mini_programs(
    asi: Shell, simulator: Simulator
) -> None:
    missing = _found(asi("doctor", "--json"), "notice templates")
    content = "会议主题:{{thing1.DATA}}\n会议时间:{{time2.DATA}}"
    mine = {"template_id": "SOON", "title": "会议提醒", "content": content}
    simulator.account("mini-program", templates=[mine])
    fit = _found(asi("doctor", "--json"), "notice templates")
    other = mine | {"content": content + "\n备注:{{thing7.DATA}}"}
    simulator.account("mini-program", templates=[other])
    differs = _found(asi("doctor", "--json", "--lang", "en"), "notice templates")

    assert not missing[0]
    assert missing[1].startswith("小程序后台没有 reminder_soon 所用的模板。")
    assert fit == (True, "1 类通知的订阅消息模板与小程序后台一致")
    assert differs[1].endswith("has other keys at WeChat; compare these: thing7")


@pytest.mark.usefixtures("place")
def test_the_doctor_says_that_no_mail_can_be_sent(
    asi: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASI_SMTP_URL", "smtp://user:hunter2@127.0.0.1:9")
    monkeypatch.setenv("ASI_MAIL_FROM", "ASI <asi@example.org>")

    done = asi("doctor", "--json")

    ok, detail = _found(done, "mail")
    assert not ok
    assert detail == "发信服务器不可用（无法连接，或证书不受信任）。请核对 ASI_SMTP_URL。"
    assert "hunter2" not in done.out
