"""`asi contacts`: what staff do with cards and codes, and what the doctor says of them."""

from pathlib import Path

import pytest

from services import qr_codes
from tests.support import wechat_pictures
from tests.support.commands import Shell
from tests.support.wechat_pictures import PAYMENT, PERSON

pytestmark = pytest.mark.any_database

CARD = "consultation-china"
OTHER = "asi-china"


@pytest.fixture
def asi(
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """The command, in an installation of which the environment tells."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ASI_PUBLIC_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("ASI_CLOCK_START", "2026-03-02T09:00+08:00")
    return Shell(capsys)


def _states(asi: Shell) -> dict[str, str]:
    return {
        f"{row['card']}/{item['channel']}": item["state"]
        for row in asi("contacts", "list", "--json").json
        for item in row["channels"]
    }


def test_staff_put_a_picture_in_and_take_it_back(asi: Shell, tmp_path: Path) -> None:
    file = tmp_path / "mine.png"
    file.write_bytes(wechat_pictures.screen(PERSON))
    before = _states(asi)

    address = asi("contacts", "picture", str(file), "--card", CARD).out.strip()
    put = _states(asi)
    taken = asi("contacts", "withdraw", CARD, "--channel", "wechat-picture")
    withdrawn = _states(asi)
    asi("contacts", "restore", CARD, "--channel", "wechat-picture")

    picture = f"{CARD}/wechat-picture"
    assert address.startswith("http://127.0.0.1:8000/contact-pictures/")
    assert taken.code == 0
    assert [states[picture] for states in (before, put, withdrawn, _states(asi))] == [
        "missing",
        "open",
        "withdrawn",
        "missing",
    ]


def test_a_wrong_picture_is_refused_with_what_to_do(asi: Shell, tmp_path: Path) -> None:
    file = tmp_path / "payment.jpg"
    file.write_bytes(wechat_pictures.screen(PAYMENT, kind="JPEG"))

    foreign = asi("contacts", "picture", str(file), "--card", CARD)
    missing = asi("contacts", "picture", str(tmp_path / "none.png"), "--card", CARD)
    nowhere = asi("contacts", "picture", str(file), "--card", OTHER)

    assert (foreign.code, "收款码" in foreign.err) == (1, True)
    assert (missing.code, "PNG" in missing.err) == (1, True)
    assert (nowhere.code, "没有这种联络方式" in nowhere.err) == (1, True)
    assert _states(asi)[f"{CARD}/wechat-picture"] == "missing"


def test_a_card_is_replaced_and_the_codes_on_paper_are_told_apart(
    asi: Shell, tmp_path: Path
) -> None:
    mine, ours, forged = (tmp_path / name for name in ("mine.png", "ours.png", "forged.png"))
    mine.write_bytes(wechat_pictures.screen(PERSON))
    ours.write_bytes(qr_codes.png(f"http://127.0.0.1:8000/r/{CARD}?ch=poster"))
    forged.write_bytes(qr_codes.png(f"http://127.0.0.1.evil.example/r/{CARD}"))
    asi("contacts", "picture", str(mine), "--card", CARD)

    shown = [asi("contacts", "check", str(file), "--json") for file in (mine, ours, forged)]
    asi("contacts", "replace", CARD, OTHER)
    ended = asi("contacts", "check", str(mine), "--json")

    assert [said.json["verdict"] for said in shown] == ["ours", "ours", "unknown"]
    assert [said.code for said in shown] == [0, 0, 1]
    assert [said.json["leads_to"] for said in shown] == [CARD, CARD, ""]
    assert (ended.json["verdict"], ended.json["leads_to"]) == ("over", CARD)
    assert f"{CARD} → {OTHER}" in asi("contacts", "list").out


def test_the_doctor_tells_of_codes_that_end(asi: Shell, tmp_path: Path) -> None:
    file = tmp_path / "mine.png"
    file.write_bytes(wechat_pictures.screen(PERSON))
    arguments = ("contacts", "picture", str(file), "--card", CARD, "--valid-until")

    before = _finding(asi)
    asi(*arguments, "2026-03-05T00:00+08:00")
    fine = _finding(asi)
    asi(*arguments, "2026-03-04T00:00+08:00")
    ending = _finding(asi)
    past = asi(*arguments, "2026-03-01T00:00+08:00")

    assert before == [True, f"名片 {CARD} 的 wechat-picture 还没有图片"]
    assert fine == [True, "ok"]
    assert ending[0] is False
    assert "请用 asi contacts picture 换上新的" in str(ending[1])
    assert (past.code, "有效期不对" in past.err) == (1, True)
    assert asi(*arguments, "tomorrow").code == 2


def _finding(asi: Shell) -> list[object]:
    found = [item for item in asi("doctor", "--json").json if item["subject"] == "contact pictures"]
    return [found[0]["ok"], found[0]["detail"]]
