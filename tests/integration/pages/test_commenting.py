"""Commenting in a browser, without a script: named or anonymous, changed, withdrawn, too late."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import FeedbackItem, FeedbackVersion
from models.vocabulary import FeedbackSource, Language, RoundState
from services.runtime.database import Database
from tests.integration.pages.readers import Reader, comment
from tests.support.clocks import SetClock

PATH = "/feedback/new"
Another = Callable[[], Reader]
SECRET = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}")


async def _latest(stored: Database) -> tuple[FeedbackItem, FeedbackVersion]:
    async with stored.snapshot() as db:
        asked = (
            select(FeedbackItem, FeedbackVersion)
            .join(FeedbackVersion, FeedbackVersion.item_id == FeedbackItem.id)
            .order_by(
                FeedbackVersion.written_at.desc(),
                FeedbackItem.receipt.desc(),
                FeedbackVersion.ordinal.desc(),
            )
            .limit(1)
        )
        item, version = (await db.execute(asked)).one()
        return item, version


async def test_a_comment_gets_a_receipt(reader: Reader, stored: Database) -> None:
    page = await reader.fill_in(PATH, **comment(stance="oppose", may_contact="on"))

    item, version = await _latest(stored)
    assert "意见已收到" in page.text
    assert page.url.path == f"/feedback/items/{item.receipt}"
    assert f'copyable">{item.receipt}<' in page.text
    assert "反对" in page.text
    assert item.source is FeedbackSource.H5
    assert item.visitor_id is not None
    assert (version.may_contact, version.may_publish_text, version.may_publish_name) == (
        True,
        False,
        False,
    )
    assert item.receipt in (await reader.open("/mine")).text


async def test_a_comments_language_is_its_own_and_not_the_pages(
    reader: Reader, stored: Database
) -> None:
    english = "Please allow for a transition."
    page = await reader.fill_in(PATH, **comment(comment=english))
    sent = (await _latest(stored))[1].language
    change = page.url.path + "/change"
    await reader.fill_in(change, **comment(comment="请给出过渡期。"))
    changed = (await _latest(stored))[1].language
    await reader.fill_in(change, **comment(comment=english))
    changed_back = (await _latest(stored))[1].language
    await reader.fill_in(f"{PATH}?lang=en", **comment())
    on_the_english_page = (await _latest(stored))[1].language

    assert [sent, changed, changed_back, on_the_english_page] == [
        Language.EN,
        Language.ZH,
        Language.EN,
        Language.ZH,
    ]


async def test_an_anonymous_comment_is_nobodys_and_opened_by_its_code(
    another: Another, stored: Database
) -> None:
    sender = another()
    page = await sender.fill_in(PATH, **comment(anonymous="on"))
    secret, receipt = SECRET.findall(page.text)[0], page.url.path.rpartition("/")[2]
    item, _ = await _latest(stored)
    assert item.visitor_id is None
    assert secret not in str(page.url)
    assert receipt not in (await sender.open("/mine")).text

    finder = another()
    closed = await finder.open(page.url.path)
    wrong = await finder.fill_in("/feedback/open", receipt=receipt, secret=secret[::-1])
    wide = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"}
    found = await finder.fill_in(
        "/feedback/open", receipt=receipt.lower(), secret=secret.translate(wide).lower()
    )
    gone = await finder.fill_in(page.url.path + "/withdraw")

    assert closed.status_code == 404
    assert wrong.status_code == 404
    assert "凭证代码不正确" in wrong.text
    assert "建议明确过渡期" in found.text
    assert "意见已撤回" in gone.text
    assert "建议明确过渡期" not in gone.text


async def test_a_code_is_open_for_an_hour(reader: Reader, machine: SetClock) -> None:
    page = await reader.fill_in(PATH, **comment(anonymous="on"))
    machine.now += timedelta(hours=1)

    late = await reader.open(page.url.path)

    assert (page.status_code, late.status_code) == (200, 404)


async def test_a_comment_can_be_changed_and_withdrawn(reader: Reader) -> None:
    page = await reader.fill_in(PATH, **comment(organisation="某厂", may_publish_name="on"))
    change = page.url.path + "/change"
    form = await reader.open(change)
    assert 'value="PS/V4/10" selected' in form.text
    assert re.search(r'name="may_publish_name"|id="may_publish_name"', form.text)

    changed = await reader.fill_in(change, **comment(comment="改好了。", organisation=""))
    again = await reader.open(change)
    gone = await reader.fill_in(page.url.path + "/withdraw")

    assert "改好了。" in changed.text
    assert "某厂" not in changed.text
    assert not re.search(r'value="on" checked', again.text)
    assert "意见已撤回" in gone.text
    assert "现在不能再修改" in (await reader.open(change)).text


WRONG = [
    ({"section": ""}, "section", "请选择意见所针对的章节"),
    ({"section": "PS/V4/99"}, "section", "请重新选择章节"),
    ({"section": "../../etc"}, "section", "请重新选择章节"),
    ({"comment": " \u200b\r\n"}, "comment", "请填写这一项"),
    ({"comment": "字" * 10_000}, "comment", "最多 2000 个字，现在有 10000 个"),
    ({"stance": "loud"}, "stance", "从列表中重新选择"),
    ({"anonymous": "on", "may_contact": "on"}, "anonymous", "不能同时同意被联系"),
    ({"visitor_id": "1"}, "visitor_id", "没有这一项"),
    ({"receipt": "ASI-CN-2026-00001"}, "receipt", "没有这一项"),
]


async def test_a_fault_is_told_beside_its_field_and_nothing_typed_is_lost(reader: Reader) -> None:
    for changed, field, says in WRONG:
        fields = await reader.form(PATH) | comment(rationale="\n第一行\n第二行 🙂") | changed
        page = await reader.send(PATH, fields)

        assert page.status_code == 422, changed
        assert f'href="#{field}"' in page.text, changed
        assert says in page.text, changed
        assert ">\n\n第一行\n第二行 🙂</textarea>" in page.text.replace("\r", "")
        assert '<details class="more" open>' in page.text


@pytest.mark.parametrize(
    "said", ["👩‍🔬\n\n王芳 🙂", "\u202eمحمد علي", "</textarea><script>x</script>"]
)
async def test_a_comment_is_shown_as_it_was_written(reader: Reader, said: str) -> None:
    page = await reader.fill_in(PATH, **comment(comment=said))

    shown = said.replace("<", "&lt;").replace(">", "&gt;").replace("\u202e", "")
    assert f'<p class="said">{shown}</p>' in page.text


async def test_the_same_form_with_other_words_is_asked_about(reader: Reader) -> None:
    fields = await reader.form(PATH) | comment()
    first = await reader.send(PATH, fields)

    asked = await reader.send(PATH, fields | {"comment": "另一条意见。"})
    second = await reader.send(PATH, comment(comment="另一条意见。") | _hidden_of(asked.text))

    assert (asked.status_code, "另一条意见。" in asked.text) == (409, True)
    assert 'data-code="form_sent_before"' in asked.text
    assert second.headers["location"] != first.headers["location"]


@pytest.mark.parametrize(
    ("instant", "state", "says"),
    [
        ("2026-02-10T00:00:00+08:00", RoundState.FORTHCOMING, "即将开始"),
        ("2026-04-20T23:59:58+08:00", RoundState.CLOSING_SOON, "即将截止"),
        ("2026-04-20T23:59:59+08:00", RoundState.CLOSED, "已结束"),
    ],
)
async def test_the_form_follows_the_round_to_the_second(
    reader: Reader, clock: SetClock, *, instant: str, state: RoundState, says: str
) -> None:
    fields = await reader.form(PATH) | comment(comment="写了很久的意见。")
    clock.set(instant)

    page = await reader.open(PATH)
    answer = await reader.send(PATH, fields)

    is_open = state is RoundState.CLOSING_SOON
    assert says in page.text
    assert ("<textarea" in page.text) is is_open
    assert "consultation@aluminium-stewardship.org" in page.text
    assert answer.status_code == (303 if is_open else 409)
    assert is_open or "写了很久的意见。" in answer.text


async def test_a_link_names_the_section(reader: Reader) -> None:
    page = await reader.open(PATH + "?section=PS%2FV4%2F11")

    assert 'value="PS/V4/11" selected' in page.text


def _hidden_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(form_\w+)" value="([^"]*)"', page))
