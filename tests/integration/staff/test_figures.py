"""The figures say what the rows say, and tell nobody apart; who takes them is written down."""

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from api.app import Application
from models import Conversation, Delivery, Message, Push, ReplySettings
from models.vocabulary import (
    Account,
    AnswerKind,
    Author,
    ClientKind,
    DeliveryState,
    Language,
    MessageKind,
    VisitKind,
)
from services import audit, consultations, figures
from services.exports.tables import Cell
from services.figures import Choice
from services.visits import BEIJING, Reading, Visit, counting
from tests.integration.staff.commenters import Commenters
from tests.integration.staff.workers import Browser
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

MONDAY = datetime(2026, 3, 9, tzinfo=BEIJING)
NOW = MONDAY + timedelta(days=2, hours=20)


@pytest.fixture(autouse=True)
def _now(clock: SetClock) -> None:
    clock.now = NOW


async def _board(
    application: Application, choice: Choice = Choice.WEEK
) -> dict[str, figures.Picture]:
    async with application.parts.database.snapshot() as db:
        board = await figures.gather(
            db,
            choice=choice,
            consultation=await consultations.current(db, now=NOW),
            language=Language.ZH,
            now=NOW,
        )
    return {picture.name: picture for picture in board.pictures}


async def _set_hours(application: Application) -> None:
    hours = {
        "time_zone": "Asia/Shanghai",
        "weekdays": [1, 2, 3, 4, 5],
        "begins": "09:00:00",
        "ends": "18:00:00",
        "holidays": [],
        "make_up_days": [],
    }
    async with application.parts.database.transaction() as db:
        await db.execute(update(ReplySettings).values(hours=hours))


def _rows(picture: figures.Picture) -> dict[str, Sequence[Cell]]:
    return {str(row[0]): row[1:] for row in picture.table.rows}


class Talk:
    """One conversation, written down as it went."""

    def __init__(self, application: Application, openid: str) -> None:
        self._database = application.parts.database
        self._openid = openid
        self._lines: list[tuple[Author, datetime, AnswerKind | None]] = []

    def visitor(self, at: datetime, answer: AnswerKind = AnswerKind.DEFAULT) -> "Talk":
        self._lines.append((Author.VISITOR, at, answer))
        return self

    def staff(self, at: datetime) -> "Talk":
        self._lines.append((Author.STAFF, at, None))
        return self

    async def happened(self) -> list[Message]:
        async with self._database.transaction() as db:
            talk = Conversation(account=Account.OFFICIAL_ACCOUNT, openid=self._openid)
            talk.last_message_at = self._lines[-1][1]
            talk.answers = sum(author is Author.STAFF for author, *_ in self._lines)
            talk.waiting_since = None if talk.answers else self._lines[0][1]
            db.add(talk)
            await db.flush()
            said = []
            for number, (author, at, answer) in enumerate(self._lines):
                message = Message(
                    conversation_id=talk.id, author=author, kind=MessageKind.TEXT, said_at=at
                )
                if answer is not None:
                    push = Push(
                        account=Account.OFFICIAL_ACCOUNT,
                        digest=f"{self._openid}{number}".ljust(64, "0")[:64],
                        name="text",
                        pushed_at=at,
                        received_at=at,
                        answer=answer,
                    )
                    db.add(push)
                    await db.flush()
                    message.push_id = push.id
                db.add(message)
                said.append(message)
            return said


async def test_waits_begin_with_what_no_rule_answers_and_end_with_a_persons_answer(
    application: Application,
) -> None:
    nine, minutes = MONDAY + timedelta(hours=9, minutes=30), timedelta(minutes=1)
    await (
        Talk(application, "two-questions")
        .visitor(nine, AnswerKind.RULE)
        .visitor(nine + 10 * minutes)
        .visitor(nine + 15 * minutes)
        .staff(nine + 20 * minutes)
        .staff(nine + 25 * minutes)
        .visitor(nine + 60 * minutes)
        .staff(nine + 90 * minutes)
        .happened()
    )
    late = MONDAY + timedelta(hours=23, minutes=30)
    await Talk(application, "at-night").visitor(late).staff(late + 600 * minutes).happened()
    await Talk(application, "nobody").visitor(nine).happened()

    unset = (await _board(application))["responses"]
    await _set_hours(application)
    found = (await _board(application))["responses"]

    assert _rows(unset)["2026-03-09"] == (3, 30, 600)
    # Asked at 9:40, 10:30 and 23:30: the last one outside the contact hours.
    assert _rows(found)["2026-03-09"] == (3, 30, 600, 2, 10, 30)
    assert list(_rows(found)) == ["2026-03-09"]
    assert "3 次，一半在 30 分钟内得到答复，九成在 10 小时 0 分钟内" in found.lines[0]
    assert "2 次，一半在 10 分钟内得到答复" in found.lines[1]
    assert "1 个会话" in found.lines[2]


async def test_messages_and_losses_are_counted_on_their_beijing_day(
    application: Application,
) -> None:
    midnight = MONDAY + timedelta(days=1)
    moment = timedelta(seconds=1)
    talk = Talk(application, "at-midnight").visitor(midnight - moment).visitor(midnight)
    for number in range(4):
        talk.staff(midnight + number * moment)
    *_, expired, refused, erased, wrong = await talk.happened()
    over = midnight + timedelta(hours=1)
    async with application.parts.database.transaction() as db:
        for message, state, errcode, finished_at in (
            (expired, DeliveryState.EXPIRED, None, over),
            (refused, DeliveryState.FAILED, 45015, midnight),
            (erased, DeliveryState.EXPIRED, None, midnight),
            (wrong, DeliveryState.FAILED, 40003, midnight),
        ):
            db.add(
                Delivery(
                    message_id=message.id,
                    queued_at=midnight,
                    expires_at=over,
                    state=state,
                    errcode=errcode,
                    finished_at=finished_at,
                )
            )

    found = await _board(application)

    assert _rows(found["messages"]) == {"2026-03-09": (1, 0, 0), "2026-03-10": (1, 0, 4)}
    # What ended before its window shut was erased, and is no answer that came too late.
    assert _rows(found["lost"]) == {"2026-03-10": (1, 1)}
    assert _rows(found["failures"]) == {
        "40003": ("openid 不正确，或不属于这个账号。", 1),
        "45015": ("已超出可回复的时间，或对方已取消关注。", 1),
    }


async def test_visits_stand_by_day_and_channel_without_programs(application: Application) -> None:
    parts = application.parts
    async with parts.database.transaction() as db:
        for day, channel, client, kind, count in (
            (MONDAY, "article", ClientKind.WECHAT, VisitKind.VISIT, 3),
            (MONDAY, "", ClientKind.BROWSER, VisitKind.SCAN, 2),
            (MONDAY, "", ClientKind.BOT, VisitKind.VISIT, 50),
            (MONDAY, "", ClientKind.BROWSER, VisitKind.PROBE, 50),
            (MONDAY - timedelta(days=40), "article", ClientKind.WECHAT, VisitKind.VISIT, 9),
        ):
            visit = Visit("feedback", channel, client, kind)
            await counting.write(db, {visit: count}, day_on=day.date())
        read = Reading("/feedback", "article", ClientKind.WECHAT)
        await counting.write(db, {read: 7}, day_on=MONDAY.date())

    found = await _board(application)

    assert _rows(found["followed"])["2026-03-09"][0] == 5
    assert _rows(found["opened"])["2026-03-09"] == (7, 7)
    assert _rows(found["funnel"])["合计"] == (5, 7, 0, 0)
    drawing = found["followed"].drawing
    assert drawing is not None
    assert (len(drawing.labels), [sum(filter(None, one.values)) for one in drawing.series]) == (
        7,
        [3, 2],
    )


async def test_a_group_of_fewer_than_three_is_not_told_apart(
    application: Application, people: Commenters
) -> None:
    for _ in range(3):
        await people.say("甲", section="10", stakeholder="associations")
        await people.say(
            "乙", version="V3", section="5", stakeholder="associations", anonymous=True
        )
    await people.say("丙", section="10", stakeholder="civil_society")

    board = await _board(application, Choice.ROUND)

    voices = board["voices"]
    groups = list(voices.table.head[1:])
    counts = {cell for row in voices.table.rows for cell in row[1:] if cell}
    # Three senders are told; three anonymous comments may be one person's, one sender is one.
    assert counts == {3, "少于 3"}
    assert len(groups) > len(voices.table.rows) == 2
    assert all(len(row) == len(voices.table.head) for row in voices.table.rows)


async def test_the_page_and_its_files(application: Application, editor: Browser) -> None:
    await Talk(application, "one").visitor(MONDAY).staff(MONDAY + timedelta(hours=1)).happened()

    page = await editor.client.get("/staff/figures?days=7")
    book = await editor.send("/staff/figures", "/staff/figures/export", days="7")
    table = await editor.send(
        "/staff/figures", "/staff/figures/export", days="7", picture="messages"
    )
    # figure_not_found
    unknown = await editor.send(
        "/staff/figures", "/staff/figures/export", days="7", picture="other"
    )

    assert page.status_code == 200
    assert "unsafe" not in page.headers["content-security-policy"]
    assert '<script type="application/json" id="messages-drawing">' in page.text
    sheets = CalamineWorkbook.from_filelike(BytesIO(book.content)).sheet_names
    assert len(sheets) == len(await _board(application))
    rows = list(csv.reader(StringIO(table.content.decode("utf-8-sig"))))
    assert rows[1:] == [["2026-03-09", "1", "0", "1"]]
    assert unknown.status_code == 404
    async with application.parts.database.snapshot() as db:
        acts = [
            (entry.act, entry.subject)
            for entry in await audit.entries(db, most=9)
            if not entry.act.startswith("staff.")
        ]
    assert acts == [
        ("figures.exported", "figures/messages"),
        ("figures.exported", "figures/all"),
    ]
