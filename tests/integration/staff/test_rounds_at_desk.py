"""Two rounds at the desk: the new one is shown, and the one before is answered to its end."""

import html
import re
from datetime import datetime

import pytest

from api.app import Application
from models.vocabulary import StaffRole
from services.content import loading, reading
from tests.conftest import INSIDE_THE_ROUND, SECOND_PACK
from tests.integration.staff import commenters
from tests.integration.staff.commenters import Commenters
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support import filled_forms
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

IN_THE_SECOND = datetime.fromisoformat("2027-01-20T09:00:00+08:00")
LOG = "/staff/feedback"
EXPORT, PUBLICATION = f"{LOG}/export", f"{LOG}/publication"
FIRST = "round=2026-first"
TITLES = ("ASI 标准修订首次公开意见征询", "第二次公开意见征询（虚构）")


@pytest.fixture
async def two(
    application: Application, people: Commenters, clock: SetClock, editor: Browser
) -> tuple[str, str]:
    """A comment on the first round and one on the second, which is open now."""
    del editor
    first = await people.say("第一轮的意见。", stakeholder="academia")
    async with application.parts.database.transaction() as db:
        await loading.load(db, pack=reading.read(SECOND_PACK), now=INSIDE_THE_ROUND)
    clock.now = IN_THE_SECOND
    second = await people.say("第二轮的意见。", section="9", now=IN_THE_SECOND)
    await application.edge.synchronise()
    return first, second


async def test_the_desk_shows_the_new_round_or_the_one_asked_for(
    two: tuple[str, str], editor: Browser
) -> None:
    first, second = two
    for at in (LOG, f"{LOG}/coverage", f"{LOG}/alike", EXPORT, PUBLICATION, "/staff/webinars"):
        new = await commenters.page(editor, at)
        old = await commenters.page(editor, f"{at}?{FIRST}")
        english = await commenters.page(editor, f"{at}?{FIRST}&lang=en")
        assert _chosen(new) == TITLES[1], at
        assert _chosen(old) == TITLES[0], at
        assert f'href="{at}?{FIRST}"' in new, at
        assert f'href="{at}"' in old, at
        assert "First public consultation" in _chosen(english), at
        unknown = await editor.client.get(f"{at}?round=2019-none")
        # consultation_not_found
        assert (unknown.status_code, "consultation_not_found" in unknown.text) == (404, True), at
    new, old = [await commenters.page(editor, f"{LOG}{query}") for query in ("", f"?{FIRST}")]

    assert [one in new for one in two] == [False, True]
    assert [one in old for one in two] == [True, False]
    assert "/staff/webinars/china" in await commenters.page(editor, f"/staff/webinars?{FIRST}")
    assert "/staff/webinars/china" not in await commenters.page(editor, "/staff/webinars")
    assert commenters.path(second) in new
    assert f"{LOG}?{FIRST}" in await commenters.page(editor, commenters.path(first))


async def test_a_round_that_is_not_announced_is_not_shown(
    people: Commenters, application: Application, editor: Browser
) -> None:
    await people.say("第一轮的意见。")
    async with application.parts.database.transaction() as db:
        await loading.load(db, pack=reading.read(SECOND_PACK), now=INSIDE_THE_ROUND)

    alone = await commenters.page(editor, LOG)
    early = await editor.client.get(f"{LOG}?round=2027-second")

    assert TITLES[0] in alone
    assert "round=" not in alone
    assert early.status_code == 404


async def test_what_is_asked_of_the_round_before_stays_with_it(
    two: tuple[str, str], people: Commenters, editor: Browser
) -> None:
    first, _ = two
    for number in range(50):
        await people.say(f"又一条 {number}", now=INSIDE_THE_ROUND)
    log = await commenters.page(editor, f"{LOG}?{FIRST}")
    coverage = await commenters.page(editor, f"{LOG}/coverage?{FIRST}")
    links = {html.unescape(link) for link in re.findall(r'(?:href|action)="([^"]+)"', log)}
    together = f"{LOG}/together?kind=comment&{FIRST}"
    nothing = await editor.send(f"{LOG}?{FIRST}", together, disposition="accepted")
    done = await editor.send(
        f"{LOG}?{FIRST}", together, disposition="accepted", **{f"item-{first}": "on"}
    )
    tag = await editor.send(
        f"{LOG}?{FIRST}", f"{LOG}/tagged?{FIRST}", tag="x", **{f"item-{first}": "on"}
    )
    untagged = await editor.send(f"{LOG}?{FIRST}", f"{LOG}/tagged?{FIRST}", tag="x")

    (further,) = [link for link in links if "after=" in link]
    assert FIRST in further
    assert first in await commenters.page(editor, further)
    assert {
        f"{LOG}?unanswered=on&{FIRST}",
        f"{LOG}/coverage?{FIRST}",
        f"{EXPORT}?{FIRST}",
        f"{PUBLICATION}?{FIRST}",
        together,
    } <= links
    assert '<input type="hidden" name="round" value="2026-first">' in log
    assert f"section=PS%2FV4%2F10&amp;stakeholder=academia&amp;{FIRST}" in coverage
    for refused in (nothing, untagged):
        assert (refused.status_code, _chosen(refused.text)) == (422, TITLES[0])
    for moved in (done, tag):
        assert FIRST in moved.headers["location"]
    assert f"tag=x&amp;{FIRST}" in await commenters.page(editor, f"{LOG}?{FIRST}")


async def test_the_round_before_is_exported_and_published(
    two: tuple[str, str], application: Application, editor: Browser
) -> None:
    first, second = two
    for receipt in two:
        await editor.send(commenters.path(receipt), seen="0", disposition="accepted")
        await editor.send(
            commenters.path(receipt), seen="1", disposition="accepted", response_zh=f"答 {receipt}"
        )
    new = await editor.send(EXPORT, purpose="here", kind="json")
    old = await editor.send(EXPORT, f"{EXPORT}?{FIRST}", purpose="here", kind="json")
    wrong = await editor.send(EXPORT, f"{EXPORT}?{FIRST}", purpose="here", kind="pdf")
    open_ = await editor.send("/staff/account", PUBLICATION, sure="on")
    page = await commenters.page(editor, f"{PUBLICATION}?{FIRST}")
    (action,) = re.findall(r'action="(/staff/feedback/publication[^"]*)"', page)
    done = await editor.send(f"{PUBLICATION}?{FIRST}", action, sure="on")
    after = await commenters.page(editor, done.headers["location"])
    async with browsing(application) as anybody:
        shown = (await anybody.client.get("/synopsis/2026-first/PS/V4/10")).text

    assert [[row["receipt"] for row in file.json()] for file in (old, new)] == [[first], [second]]
    assert "2026-first-feedback.json" in old.headers["content-disposition"]
    assert (wrong.status_code, _chosen(wrong.text)) == (422, TITLES[0])
    assert (open_.status_code, 'data-code="round_still_open"' in open_.text) == (409, True)
    assert action == f"{PUBLICATION}?{FIRST}"
    assert done.status_code == 303
    assert _chosen(after) == TITLES[0]
    assert 'href="/synopsis/2026-first"' in after
    assert f"答 {first}" in shown


async def test_what_came_in_time_is_entered_into_the_round_before(
    two: tuple[str, str], application: Application, editor: Browser
) -> None:
    del two
    enter, form = f"{LOG}/enter", f"{commenters.IMPORT}?{FIRST}"
    said = {"way": "mail", "received_on": "2026-03-02", "section": "PS/V4/10", "told": "on"}
    rows = [{"section": filled_forms.SECTION, "comment": "表中的意见。"}]
    page = await commenters.page(editor, f"{enter}?{FIRST}")
    (action,) = re.findall(r'action="(/staff/feedback/enter[^"]*)"', page)
    entered = await editor.send(f"{enter}?{FIRST}", action, comment="信中的意见。", **said)
    late = await editor.send(enter, comment="信中的意见。", **said)
    read = await commenters.upload(editor, filled_forms.workbook(rows), at=form)
    shown = await commenters.page(editor, read.headers["location"])
    confirmed = await editor.send(read.headers["location"], received_on="2026-03-02")

    assert (_chosen(page), action) == (TITLES[0], f"{enter}?{FIRST}")
    assert entered.status_code == 200
    assert f'href="{LOG}?{FIRST}"' in entered.text
    # received_outside_round
    assert (late.status_code, 'data-code="received_outside_round"' in late.text) == (422, True)
    assert TITLES[0] in shown
    assert confirmed.status_code == 200
    log = await commenters.page(editor, f"{LOG}?{FIRST}")
    assert ("信中的意见。" in log, "表中的意见。" in log) == (True, True)
    assert (await commenters.acts(application))[:2] == ["feedback.imported", "feedback.entered"]


async def test_the_first_page_says_what_waits_of_either_round(
    two: tuple[str, str], application: Application, editor: Browser
) -> None:
    page = await commenters.page(editor, "/staff")
    await hire(application, "vera", StaffRole.VIEWER)
    async with browsing(application) as viewer:
        await viewer.log_in("vera")
        theirs = await commenters.page(viewer, "/staff")
    first, _ = two
    await editor.send(commenters.path(first), seen="0", disposition="accepted", response_zh="采纳")
    answered = await commenters.page(editor, "/staff")

    assert re.search(r'href="/staff/feedback\?unanswered=on".{,200}1 条待答复', page, re.DOTALL)
    old = (
        rf'href="/staff/feedback\?unanswered=on&amp;{FIRST}".{{,200}}{TITLES[0]}.{{,50}}1 条待答复'
    )
    assert re.search(old, page, re.DOTALL)
    assert FIRST not in theirs
    assert FIRST not in answered


def _chosen(page: str) -> str:
    """Give the title of the round that a page says it shows."""
    (title,) = re.findall(r'class="hint desk-round">[^<]*：([^<]+)<', page) or re.findall(
        r'class="hint desk-round">[^<]*: ([^<]+)<', page
    )
    return html.unescape(title)
