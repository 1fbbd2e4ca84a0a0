"""Attending: one's own calendar entry, the code for the door, the meeting, what is left after."""

import io
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import icalendar
import pytest
from PIL import Image
from sqlalchemy import select

from api.app import Application
from models import Registration, Webinar
from services import qr_codes, webinars
from services.registrations import CheckInUnknown, SeatMissing, check_in, joining
from services.registrations.check_in import Door
from services.runtime.database import Database
from services.webinars import Adjustments
from tests.integration.registrations.people import Person, body
from tests.support.clocks import SetClock

Crowd = Callable[[int], Awaitable[list[Person]]]
SetSeats = Callable[[int], Awaitable[None]]
Adjust = Callable[[Adjustments], Awaitable[None]]

MEETING = "https://meeting.example.cn/j/canary-998877"
SHOWN_FROM = datetime.fromisoformat("2026-03-09T15:30:00+08:00")


@pytest.fixture
def adjust(database: Database, application: Application) -> Adjust:
    async def to(adjustments: Adjustments) -> None:
        async with database.transaction() as db:
            await webinars.adjust(db, slug="china", adjustments=adjustments)
        await application.edge.synchronise()

    return to


@pytest.fixture
async def _meeting(database: Database, application: Application) -> None:
    async with database.transaction() as db:
        await joining.set_link(
            db, slug="china", url=MEETING, shown_from=SHOWN_FROM, sealer=application.parts.sealer
        )


async def test_a_calendar_entry_follows_its_registration(
    crowd: Crowd, set_seats: SetSeats, database: Database
) -> None:
    await set_seats(1)
    holder, next_one = await crowd(2)
    held = (await holder.register(body(email="fang@example.cn"))).json()
    made = (await next_one.register(body(name="李娜"))).json()

    seen = [await _entry(next_one, made)]
    await next_one.change(made["id"], name="李娜娜")
    seen.append(await _entry(next_one, made))
    await holder.cancel(held["id"])
    seen.append(await _entry(next_one, made))
    await _move(database, hours=1)
    seen.append(await _entry(next_one, made))
    await next_one.cancel(made["id"])
    seen.append(await _entry(next_one, made))

    assert [one["method"] for one in seen] == ["REQUEST"] * 4 + ["CANCEL"]
    assert [one["status"] for one in seen] == [
        *("TENTATIVE", "TENTATIVE", "CONFIRMED", "CONFIRMED", "CANCELLED")
    ]
    assert len({one["uid"] for one in seen}) == 1
    assert [one["start"] for one in seen[2:4]] == ["2026-03-09 16:00", "2026-03-09 17:00"]
    numbers = [one["sequence"] for one in seen]
    assert numbers == sorted(set(numbers))
    assert all(one["zone"] == "Asia/Shanghai" and one["alarm"] == -30 for one in seen)
    assert (await _entry(holder, held))["attendee"] == "mailto:fang@example.cn"
    assert seen[0]["attendee"].startswith("urn:uuid:")


async def test_nobody_elses_calendar_entry_is_given(crowd: Crowd) -> None:
    owner, other = await crowd(2)
    made = (await owner.register()).json()

    for path in ("calendar.ics", "check-in.svg", "join-link"):
        answer = await other.ask(f"registrations/{made['id']}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "registration_not_found")


async def test_the_code_for_the_door_is_signed_and_lets_in_once(
    person: Person, database: Database, application: Application, clock: SetClock
) -> None:
    made = (await person.register()).json()
    drawn = await person.ask(f"registrations/{made['id']}/check-in.png")
    vector = await person.ask(f"registrations/{made['id']}/check-in.svg")
    shown = qr_codes.decode(Image.open(io.BytesIO(drawn.content)))
    door = Door(by="desk", index=application.parts.blind_index)
    assert shown is not None

    async with database.transaction() as db:
        first = await check_in.check_in(db, shown=shown, door=door, now=clock.now)
        second = await check_in.check_in(db, shown=shown, door=door, now=clock.now)
        taken_back = await check_in.undo(db, code=made["code"], door=door, now=clock.now)
        again_back = await check_in.undo(db, code=made["code"], door=door, now=clock.now)
        typed = f" {made['code'][:4].lower()}-{made['code'][4:]} "
        third = await check_in.check_in(db, shown=typed, door=door, now=clock.now)
        log = await check_in.log_of(db, registration=third.registration)

    assert [arrival.again for arrival in (first, second, third)] == [False, True, False]
    assert taken_back is again_back
    assert sorted((entry.arrived, entry.by) for entry in log) == [
        (False, "desk"),
        (True, "desk"),
        (True, "desk"),
    ]
    assert vector.headers["content-type"].startswith("image/svg+xml")
    assert b"<svg" in vector.content
    assert made["code"] in shown
    assert drawn.headers["cache-control"] == vector.headers["cache-control"] == "no-store"


async def test_forged_codes_and_codes_without_a_seat_do_not_open(
    crowd: Crowd, set_seats: SetSeats, database: Database, application: Application, clock: SetClock
) -> None:
    await set_seats(1)
    holder, waiting = await crowd(2)
    held = (await holder.register()).json()
    made = (await waiting.register()).json()
    index = application.parts.blind_index
    async with database.snapshot() as db:
        kept = await db.scalars(select(Registration).order_by(Registration.number))
        ticket, unseated = [(one, one.code) for one in kept]
    shown = check_in.ticket(ticket[0], index=index)
    forged = [
        f"{shown[:-1]}{'A' if shown[-1] != 'A' else 'B'}",
        shown.rpartition(".")[0] + ".",
        f"ASI1.{held['code']}",
        f"ASI1.{held['code']}.签名",
        "ASI1.23456789.abc",
        "23456789",
        "",
        "https://asi.example.cn/" + held["code"],
    ]

    door = Door(by="desk", index=index)
    async with database.transaction() as db:
        for text in forged:
            with pytest.raises(CheckInUnknown):
                await check_in.check_in(db, shown=text, door=door, now=clock.now)
        with pytest.raises(SeatMissing):
            await check_in.check_in(db, shown=unseated[1], door=door, now=clock.now)
    refused = await waiting.ask(f"registrations/{made['id']}/check-in.svg")

    assert (refused.status_code, refused.json()["code"]) == (409, "seat_missing")
    assert made["check_in_path"] is None
    assert CheckInUnknown.code == "check_in_unknown"


@pytest.mark.usefixtures("_meeting")
async def test_the_meeting_is_shown_to_those_with_a_seat_from_its_time_to_the_end(
    crowd: Crowd, set_seats: SetSeats, clock: SetClock
) -> None:
    await set_seats(1)
    holder, waiting = await crowd(2)
    held = (await holder.register()).json()
    made = (await waiting.register()).json()

    answers = {}
    for at in ("15:29:59", "15:30:00", "17:59:59", "18:00:00"):
        clock.set(f"2026-03-09T{at}+08:00")
        answers[at] = await holder.ask(f"registrations/{held['id']}/join-link")
    clock.set("2026-03-09T15:45:00+08:00")
    others = await waiting.ask(f"registrations/{made['id']}/join-link")
    lists = await holder.ask("registrations"), await holder.show(held["id"])
    clock.set("2026-03-09T18:00:00+08:00")
    over = (await holder.show(held["id"])).json()

    said = {at: answer.json().get("code", "") for at, answer in answers.items()}
    assert said == {
        "15:29:59": "join_link_too_early",
        "15:30:00": "",
        "17:59:59": "",
        "18:00:00": "join_link_missing",
    }
    assert answers["15:30:00"].json() == {"url": MEETING}
    assert answers["15:30:00"].headers["cache-control"] == "no-store"
    assert (others.status_code, others.json()["code"]) == (409, "seat_missing")
    assert (held["join_from"], made["join_from"]) == ("2026-03-09T07:30:00Z", None)
    assert lists[1].json()["join_from"] == "2026-03-09T07:30:00Z"
    assert over["join_from"] is None
    assert "canary" not in "".join(answer.text for answer in lists)
    assert "canary" not in (await holder.client.get("/v1/webinars")).text


async def test_registering_opens_and_closes_to_the_second(
    crowd: Crowd, adjust: Adjust, clock: SetClock
) -> None:
    people = await crowd(4)
    await adjust(
        Adjustments(
            registration_opens_at=datetime.fromisoformat("2026-03-02T12:00:00+08:00"),
            registration_closes_at=datetime.fromisoformat("2026-03-08T12:00:00+08:00"),
        )
    )

    answers, phases = [], []
    for person, at in zip(
        people, ("02T11:59:59", "02T12:00:00", "08T11:59:59", "08T12:00:00"), strict=True
    ):
        clock.set(f"2026-03-{at}+08:00")
        answers.append(await person.register())
        shown = await person.client.get("/v1/webinars/china")
        phases.append(shown.json()["registration"])
    changed = await people[1].change(answers[1].json()["id"], name="李娜")
    cancelled = await people[1].cancel(answers[1].json()["id"])

    assert phases == ["not_open", "open", "open", "closed"]
    assert [answer.status_code for answer in answers] == [409, 201, 201, 409]
    assert answers[0].json()["code"] == "registration_not_open"
    assert "3月2日" in answers[0].json()["detail"]
    assert (changed.status_code, changed.json()["code"]) == (409, "registration_closed")
    # A seat that is given up is of use to the line until the beginning.
    assert cancelled.json()["state"] == "cancelled"
    assert (cancelled.json()["changeable"], cancelled.json()["cancellable"]) == (False, False)


async def test_what_can_still_be_done_is_said_to_the_second(
    person: Person, adjust: Adjust, clock: SetClock
) -> None:
    made = (await person.register()).json()
    await adjust(
        Adjustments(
            registration_opens_at=datetime.fromisoformat("2026-03-02T12:00:00+08:00"),
            registration_closes_at=datetime.fromisoformat("2026-03-08T12:00:00+08:00"),
        )
    )

    said, done = [], []
    for at in (
        *("02T11:59:59", "02T12:00:00", "08T11:59:59", "08T12:00:00"),
        *("09T15:59:59", "09T16:00:00"),
    ):
        clock.set(f"2026-03-{at}+08:00")
        shown = (await person.show(made["id"])).json()
        said.append((shown["changeable"], shown["cancellable"]))
        changed = await person.change(made["id"], name="李娜")
        done.append("" if changed.is_success else changed.json()["code"])

    changing, cancelling = zip(*said, strict=True)
    assert changing == (False, True, True, False, False, False)
    assert [refused == "" for refused in done] == list(changing)
    assert (done[0], set(done[3:])) == ("registration_not_open", {"registration_closed"})
    assert cancelling == (True, True, True, True, True, False)


async def test_who_comes_too_late_is_offered_what_there_is(
    person: Person, adjust: Adjust, clock: SetClock
) -> None:
    await adjust(
        Adjustments(
            registration_closes_at=datetime.fromisoformat("2026-03-02T10:00:00+08:00"),
            replay_url="https://video.example.cn/china",
        )
    )
    clock.set("2026-03-02T10:00:00+08:00")
    others = (await person.register()).json()["detail"]
    clock.set("2026-03-09T17:59:59+08:00")
    during = (await person.client.get("/v1/webinars/china")).json()
    clock.set("2026-03-09T18:00:00+08:00")
    left = (await person.client.get("/v1/webinars/china")).json()
    page = await person.client.get("/webinars/china")

    assert "欧洲和亚洲场" in others
    assert "video.example.cn" not in others
    assert during["replay_url"] is None
    assert left["replay_url"] == "https://video.example.cn/china"
    assert "https://video.example.cn/china" in (await person.register()).json()["detail"]
    assert 'href="https://video.example.cn/china"' in page.text


async def test_the_next_form_begins_with_what_was_said_last(
    person: Person, clock: SetClock
) -> None:
    nothing = (await person.ask("profile")).json()
    made = (await person.register(body(stakeholder="associations"))).json()
    await person.cancel(made["id"])
    clock.set("2026-03-03T09:00:00+08:00")
    await person.register(body(name="王 芳"))

    said = (await person.ask("profile")).json()

    assert nothing == {"name": None, "organisation": None, "stakeholder": None}
    assert said == {"name": "王 芳", "organisation": "某某铝业有限公司", "stakeholder": None}


async def _entry(person: Person, made: dict[str, Any]) -> dict[str, Any]:
    answer: httpx2.Response = await person.ask(f"registrations/{made['id']}/calendar.ics")
    read = icalendar.Calendar.from_ical(answer.content)
    event: Any = read.walk("VEVENT")[0]
    assert f"method={read['METHOD']}" in answer.headers["content-type"]
    assert "canary" not in answer.text
    start = event["DTSTART"]
    return {
        "method": read["METHOD"],
        "status": event["STATUS"],
        "uid": event["UID"],
        "sequence": event["SEQUENCE"],
        "start": f"{start.dt:%Y-%m-%d %H:%M}",
        "zone": start.params["TZID"],
        "alarm": event.walk("VALARM")[0]["TRIGGER"].dt / timedelta(minutes=1),
        "attendee": event["ATTENDEE"],
    }


async def _move(database: Database, *, hours: int) -> None:
    async with database.transaction() as db:
        webinar = (await db.scalars(select(Webinar).where(Webinar.slug == "china"))).one()
        webinar.starts_at += timedelta(hours=hours)
