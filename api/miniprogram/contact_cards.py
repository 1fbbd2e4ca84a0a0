"""Contact cards."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.conditional import ConditionalRoute
from api.dependencies import CurrentParts, ReadDb
from api.problems import refusals
from api.urls import Urls
from miniprogram_contract import contact_cards as contract
from miniprogram_contract.consultations import AskInLanguage
from miniprogram_contract.messages import Page
from models.vocabulary import ContactKind, Language
from services import contact_cards

router = APIRouter(tags=["contact cards"], route_class=ConditionalRoute)

Ask = Annotated[AskInLanguage, Query()]


@router.get("/contact-cards", response_model=Page[contract.ContactCard])
async def list_contact_cards(
    ask: Ask, db: ReadDb, parts: CurrentParts
) -> Page[contract.ContactCard]:
    """List the people to talk to; they serve every round."""
    found = await contact_cards.contacts(db)
    items = [_card(contact, parts.urls, ask.lang) for contact in found]
    return Page(items=items, next=None)


@router.get(
    "/contact-cards/{slug}",
    responses=refusals(contact_cards.ContactCardNotFound, contact_cards.ContactCardWithdrawn),
)
async def show_contact_card(
    slug: str, ask: Ask, db: ReadDb, parts: CurrentParts
) -> contract.ContactCard:
    """Show one contact card."""
    return _card(await contact_cards.contact(db, slug=slug), parts.urls, ask.lang)


def _card(contact: contact_cards.Contact, urls: Urls, language: Language) -> contract.ContactCard:
    card = contact.card
    return contract.ContactCard(
        slug=card.slug,
        name=card.name.text(language),
        role=card.role.text(language),
        organisation=card.organisation.text(language),
        languages=[Language(code) for code in card.languages],
        hours=card.hours.text(language) if card.hours else None,
        channels=[
            contract.ContactChannel(key=channel.key, kind=channel.kind, value=channel.value)
            for channel in contact.channels
        ],
        page_url=urls.contact(card.slug),
        vcard_url=urls.vcard(card.slug),
        phone_contact=contract.PhoneContact(
            first_name=card.name.text(language),
            mobile_phone_number=contact.first_value(ContactKind.PHONE),
            we_chat_number=contact.first_value(ContactKind.WECHAT_ID),
            email=contact.first_value(ContactKind.EMAIL),
            organization=card.organisation.text(language),
            title=card.role.text(language),
            url=urls.contact(card.slug),
        ),
    )
