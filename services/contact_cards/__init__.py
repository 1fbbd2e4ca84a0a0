"""Contact cards: people to talk to, the codes they are added by, and what became of a card."""

from services.contact_cards.address_books import first_phone, mecard, vcard
from services.contact_cards.cards import (
    PICTURES,
    Contact,
    Standing,
    by_slug,
    contact,
    contacts,
    standing,
    valid,
)
from services.contact_cards.overview import ChannelState, ListedCard, ShownChannel, overview
from services.contact_cards.refusals import (
    ContactCardNotFound,
    ContactCardReplaced,
    ContactCardWithdrawn,
    ContactChannelNotFound,
    ContactPictureNotFound,
    ContactPictureOver,
    PictureForeign,
    PictureTimeUnfit,
    PictureUnreadable,
    PictureWithoutCode,
    SuccessorUnfit,
)
from services.contact_cards.withdrawing import replace, restore, withdraw

__all__ = [
    "PICTURES",
    "ChannelState",
    "Contact",
    "ContactCardNotFound",
    "ContactCardReplaced",
    "ContactCardWithdrawn",
    "ContactChannelNotFound",
    "ContactPictureNotFound",
    "ContactPictureOver",
    "ListedCard",
    "PictureForeign",
    "PictureTimeUnfit",
    "PictureUnreadable",
    "PictureWithoutCode",
    "ShownChannel",
    "Standing",
    "SuccessorUnfit",
    "by_slug",
    "contact",
    "contacts",
    "first_phone",
    "mecard",
    "overview",
    "replace",
    "restore",
    "standing",
    "valid",
    "vcard",
    "withdraw",
]
