"""Contact cards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, Now, ReadDb
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract import contact_cards as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models import ContactChannel
from models.vocabulary import ContactKind, Language
from services import consultations, contact_cards, working_hours
from services.contact_cards import Contact
from services.working_hours import Hours

router = APIRouter(tags=["contact cards"], route_class=ConditionalRoute)

Ask = Annotated[AskInLanguage, Query()]


@dataclass(frozen=True)
class _Asked:
    """What cards are written out for."""

    urls: Urls
    language: Language
    now: datetime
    hours: Hours | None


async def _asked(ask: Ask, db: ReadDb, parts: CurrentParts, now: Now) -> _Asked:
    return _Asked(parts.urls, ask.lang, now, await _hours(db, now))


Asked = Annotated[_Asked, Depends(_asked)]


@router.get("/contact-cards", response_model=Page[contract.ContactCard])
async def list_contact_cards(db: ReadDb, asked: Asked) -> Page[contract.ContactCard]:
    """List the people to talk to; they serve every round."""
    items = [_card(contact, asked) for contact in await contact_cards.contacts(db)]
    return Page(items=items, next=None)


@router.get(
    "/contact-cards/{slug}",
    responses=refusals(
        contact_cards.ContactCardNotFound,
        contact_cards.ContactCardWithdrawn,
        contact_cards.ContactCardReplaced,
    ),
)
async def show_contact_card(slug: str, db: ReadDb, asked: Asked) -> contract.ContactCard:
    """Show one contact card."""
    return _card(await contact_cards.contact(db, slug=slug), asked)


async def _hours(db: AsyncSession, now: datetime) -> Hours | None:
    rounds = await consultations.rounds(db, now=now)
    return await working_hours.of_round(db, consultation_id=rounds[0].id) if rounds else None


def _card(contact: Contact, asked: _Asked) -> contract.ContactCard:
    card, urls, language = contact.card, asked.urls, asked.language
    return contract.ContactCard(
        slug=card.slug,
        name=card.name.text(language),
        role=card.role.text(language),
        organisation=card.organisation.text(language),
        languages=[Language(code) for code in card.languages],
        hours=card.hours.text(language) if card.hours else None,
        working_hours=_working_hours(asked.hours, asked) if asked.hours else None,
        channels=[_channel(contact, channel, asked) for channel in contact.channels],
        page_url=urls.contact(card.slug),
        vcard_url=urls.vcard(card.slug),
        code_url=urls.code(card.slug),
        mecard=contact_cards.mecard(contact, url=urls.contact(card.slug), language=language),
        phone_contact=contract.PhoneContact(
            first_name=card.name.text(language),
            mobile_phone_number=contact_cards.first_phone(contact, landline=False),
            work_phone_number=contact_cards.first_phone(contact, landline=True),
            we_chat_number=contact.first_value(ContactKind.WECHAT_ID),
            email=contact.first_value(ContactKind.EMAIL),
            organization=card.organisation.text(language),
            title=card.role.text(language),
            url=urls.contact(card.slug),
        ),
    )


def _channel(contact: Contact, channel: ContactChannel, asked: _Asked) -> contract.ContactChannel:
    picture = contact.picture(channel, asked.now)
    return contract.ContactChannel(
        key=channel.key,
        kind=channel.kind,
        value=channel.value,
        picture_url=asked.urls.contact_picture(picture.sha256) if picture else None,
        valid_until=picture.valid_until if picture else None,
    )


def _working_hours(hours: Hours, asked: _Asked) -> contract.WorkingHours:
    standing = working_hours.standing(hours, asked.now, asked.language)
    return contract.WorkingHours(
        text=standing.text,
        is_open=standing.is_open,
        changes_at=standing.changes_at,
        time_zone=str(hours.zone),
        weekdays=sorted(hours.weekdays),
        begins=f"{hours.begins:%H:%M}",
        ends=f"{hours.ends:%H:%M}",
        holidays=sorted(hours.holidays),
        make_up_days=sorted(hours.make_up_days),
    )
