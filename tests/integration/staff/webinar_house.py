"""A webinar, and people who register for it, as the sessions' desk meets them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from api.app import Application
from models import Consent, Conversation, Message, Registration, Visitor, Webinar
from models.vocabulary import Account, PersonalContactKind, WindowKind
from services import audit, registrations
from services.conversations import quota
from services.registrations import ContactSafe, PersonalContact, Registrant, Wish
from tests.support.clocks import SetClock


@dataclass
class House:
    """A webinar, and people who register for it."""

    application: Application
    clock: SetClock

    @property
    def safe(self) -> ContactSafe:
        return ContactSafe(self.application.parts.sealer, self.application.parts.blind_index)

    async def register(
        self, name: str, contact: str, *, slug: str = "china", abroad: bool = False
    ) -> Registration:
        """Let somebody come in, if they are not known, and register."""
        kind = PersonalContactKind.EMAIL if "@" in contact else PersonalContactKind.PHONE
        wish = Wish(
            name=name,
            organisation="某某铝业",
            contact=PersonalContact(kind, contact),
            may_transfer_abroad=abroad,
        )
        async with self.application.parts.database.transaction() as db:
            visitor = await db.scalar(select(Visitor).where(Visitor.mp_openid == contact))
            if visitor is None:
                now = self.clock.now
                visitor = Visitor(first_seen_at=now, last_seen_at=now, mp_openid=contact)
                db.add(visitor)
                await db.flush()
            who = Registrant(visitor=visitor, safe=self.safe, now=self.clock.now)
            return (await registrations.book(db, slug=slug, wish=wish, who=who)).registration

    async def open(self, slug: str) -> None:
        """Let another webinar's seats be given here."""
        async with self.application.parts.database.transaction() as db:
            changed = update(Webinar).where(Webinar.slug == slug)
            await db.execute(changed.values(registered_here=True))

    async def seats(self, seats: int) -> None:
        async with self.application.parts.database.transaction() as db:
            await registrations.set_seats(db, slug="china", seats=seats, now=self.clock.now)

    async def states(self, slug: str = "china") -> dict[str, str]:
        """Give the state of each registration by name."""
        async with self.application.parts.database.snapshot() as db:
            rows = await db.execute(
                select(Registration.name, Registration.state)
                .join(Webinar, Webinar.id == Registration.webinar_id)
                .where(Webinar.slug == slug)
            )
            return {name: state.value for name, state in rows}

    async def carried_over(self, page: str) -> tuple[Registration, list[datetime]]:
        """Give the registration that a page shows, and when its consents were given."""
        registration_id = UUID(page.rpartition("/")[2].partition("?")[0])
        async with self.application.parts.database.snapshot() as db:
            given = select(Consent.given_at).where(Consent.registration_id == registration_id)
            return await db.get_one(Registration, registration_id), list(await db.scalars(given))

    async def write(self, openid: str, *, hours_ago: int, left: int = 5) -> None:
        """Let somebody have written to the mini-program."""
        async with self.application.parts.database.transaction() as db:
            conversation = Conversation(account=Account.MINI_PROGRAM, openid=openid)
            wrote_at = self.clock.now - timedelta(hours=hours_ago)
            quota.open_window(conversation, WindowKind.MESSAGE, now=wrote_at)
            conversation.window_left = left
            db.add(conversation)

    async def messages(self) -> list[str | None]:
        async with self.application.parts.database.snapshot() as db:
            return list(await db.scalars(select(Message.text)))

    async def last_details(self, act: str) -> dict[str, Any]:
        """Give what the audit says of the last deed of a kind."""
        async with self.application.parts.database.snapshot() as db:
            entries = await audit.entries(db, most=50)
            return next(entry.details for entry in entries if entry.act == act)

    async def acts(self) -> list[str]:
        """Give what was done at the desk, the newest last."""
        async with self.application.parts.database.snapshot() as db:
            acts = [entry.act for entry in await audit.entries(db, most=50)]
        return [act for act in reversed(acts) if not act.startswith("staff.")]
