"""A message to all: each gets it once, by mail what a conversation did not take."""

from email.message import EmailMessage

from sqlalchemy import select, update

from models import Conversation, Delivery, Notice, Visitor, Webinar
from models.vocabulary import Account, DeliveryState, NoticeKind, WindowKind
from services.conversations import quota
from services.notices import announcing, sending
from services.notices.announcing import Announced
from services.notices.personal import export
from services.notices.planning import LONGEST_CALL
from services.webinar_desk import By, Show, messages
from tests.integration.notices.house import MINUTE, House
from tests.support.mail_host import MailHost

TEXT = "会议改到 17:00\n请留意"


async def test_each_gets_it_once_whatever_happens_meanwhile(house: House, mails: MailHost) -> None:
    owners = {name: await house.visitor(f"o-{name}") for name in ("jia", "yi", "bing")}
    made = {
        name: await house.register(owner, email=f"{name}@example.org")
        for name, owner in owners.items()
    }
    await house.register(await house.visitor("o-ding"))
    await house.tell_at(house.clock.now)
    confirmations = len(mails.mails)

    await _send(house)
    await house.cancel(owners["yi"], made["yi"])
    await house.register(await house.visitor("o-wu"), email="wu@example.org")
    async with house.database.snapshot() as db:
        asked = select(Notice.id).filter_by(
            kind=NoticeKind.ANNOUNCEMENT, visitor_id=owners["bing"].id
        )
        notice_id = (await db.scalars(asked)).one()
    async with house.database.transaction() as db:
        parcel = await sending.begin(
            db, notice_id=notice_id, means=house.means, now=house.clock.now
        )
    assert parcel is not None  # and here the process is killed
    for _ in range(2):
        await house.tell_at(house.clock.now + MINUTE)
    await house.tell_at(house.clock.now + LONGEST_CALL)

    announced, left = await _result(house)
    assert _counts(announced) == {"email": 1, "unknown": 1, "none": 2}
    assert left == ["bing", "ding"]
    told = [mail for mail in mails.mails[confirmations:] if "通知" in mail["Subject"]]
    assert [mail["To"] for mail in told] == ["jia@example.org"]
    assert TEXT in _text(told[0])
    async with house.database.snapshot() as db:
        notices = (await export(db, visitor_id=owners["jia"].id))["notices"]
    assert [one["text"] for one in notices if one["kind"] == "announcement"] == [TEXT]


async def test_what_a_conversation_does_not_take_goes_by_mail(
    house: House, mails: MailHost
) -> None:
    visitor = await house.visitor("o-jia")
    await house.register(visitor, email="jia@example.org")
    await house.tell_at(house.clock.now)
    async with house.database.transaction() as db:
        conversation = Conversation(account=Account.MINI_PROGRAM, openid=visitor.mp_openid)
        quota.open_window(conversation, WindowKind.MESSAGE, now=house.clock.now)
        db.add(conversation)
    await _send(house)
    async with house.database.transaction() as db:
        await db.execute(update(Delivery).values(state=DeliveryState.FAILED))
    begun = _counts((await _result(house))[0])

    for _ in range(2):
        await house.tell_at(house.clock.now + MINUTE)

    assert begun == {"under_way": 1}
    assert _counts((await _result(house))[0]) == {"email": 1}
    assert [mail["To"] for mail in mails.mails if "通知" in mail["Subject"]] == ["jia@example.org"]


async def test_whoever_took_the_registration_over_gets_it(house: House, mails: MailHost) -> None:
    former, owner = await house.visitor("o-former"), await house.visitor("o-owner")
    made = await house.register(former, email="jia@example.org")
    await house.tell_at(house.clock.now)
    await _send(house)
    async with house.database.transaction() as db:
        registration = await db.get_one(type(made), made.id)
        registration.visitor_id = (await db.get_one(Visitor, owner.id)).id

    await house.tell_at(house.clock.now + MINUTE)

    (notice,) = await house.notices(NoticeKind.ANNOUNCEMENT)
    assert (notice.visitor_id, notice.state.value) == (owner.id, "sent")
    assert mails.mails[-1]["To"] == "jia@example.org"


async def _send(house: House) -> None:
    async with house.database.transaction() as db:
        webinar = (await db.scalars(select(Webinar).filter_by(slug="china"))).one()
        await messages.send(
            db,
            webinar=webinar,
            show=Show.CONFIRMED,
            text=TEXT,
            ways=messages.Ways(house.means.doors, mailing=True),
            by=By(actor="anna", now=house.clock.now, at=house.clock.now),
        )


async def _result(house: House) -> tuple[Announced, list[str]]:
    async with house.database.snapshot() as db:
        webinar = (await db.scalars(select(Webinar).filter_by(slug="china"))).one()
        (announced,) = await announcing.of_webinar(db, webinar=webinar)
        left = await announcing.not_reached(db, announcement_id=announced.announcement.id)
        owners = [await db.get_one(Visitor, one.visitor_id) for one in left]
    return announced, [str(owner.mp_openid).removeprefix("o-") for owner in owners]


def _counts(announced: Announced) -> dict[str, int]:
    return {
        name: number
        for name, number in vars(announced).items()
        if name != "announcement" and number
    }


def _text(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")
