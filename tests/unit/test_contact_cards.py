"""Contact cards: the entry for an address book."""

import vobject

from models import Bilingual, ContactCard, ContactChannel
from models.vocabulary import ContactKind, Language
from services import contact_cards
from services.contact_cards import Contact

CARD = ContactCard(
    slug="contact",
    name=Bilingual("刘女士（Sprina Liu）", "Ms Sprina Liu"),
    role=Bilingual("中文联络; 答疑, 报名", "Contact"),
    organisation=Bilingual("铝业管理倡议" * 30, "ASI"),
    languages=["zh"],
    position=0,
)


def _contact(**values: str | None) -> Contact:
    channels = [
        ContactChannel(card_id=CARD.id, key=kind, kind=ContactKind(kind), position=0, value=value)
        for kind, value in values.items()
    ]
    return Contact(card=CARD, channels=channels)


def test_a_vcard_is_read_back_as_it_was_written() -> None:
    contact = _contact(phone="+8619987003130", email="a@example.org", wechat_id="13520875299")

    content = contact_cards.vcard(contact, url="https://a.cn/contacts/c", language=Language.ZH)
    card = vobject.readOne(content.decode())

    assert card.version.value == "3.0"
    assert card.fn.value == "刘女士（Sprina Liu）"
    assert card.title.value == "中文联络; 答疑, 报名"
    assert card.tel.value == "+8619987003130"
    assert card.x_wechat.value == "13520875299"
    assert card.email.value == "a@example.org"


def test_vcard_lines_are_folded_at_75_characters() -> None:
    content = contact_cards.vcard(_contact(), url="https://a.cn", language=Language.ZH)

    assert max(len(line) for line in content.decode().split("\r\n")) <= 75


def test_a_picture_that_is_not_there_yet_is_no_value() -> None:
    contact = _contact(wechat_picture=None)

    assert contact.of_kind(ContactKind.WECHAT_PICTURE) == []
    assert contact.first_value(ContactKind.PHONE) == ""


def test_a_landline_is_no_mobile_phone() -> None:
    contact = _contact(phone="+861082345678")

    card = vobject.readOne(
        contact_cards.vcard(contact, url="https://a.cn", language=Language.ZH).decode()
    )

    assert card.tel.type_paramlist == ["WORK", "VOICE"]
    assert contact_cards.first_phone(contact, landline=True) == "+861082345678"
    assert contact_cards.first_phone(contact, landline=False) == ""


def test_a_mecard_escapes_what_would_end_a_field() -> None:
    contact = _contact(phone="+8619987003130", email="a@example.org", wechat_id="13520875299")

    line = contact_cards.mecard(contact, url="https://a.cn/contacts/c", language=Language.ZH)

    assert line.startswith("MECARD:N:刘女士（Sprina Liu）;ORG:铝业管理倡议")
    assert "TEL:+8619987003130;EMAIL:a@example.org;URL:https\\://a.cn/contacts/c;" in line
    assert line.endswith("NOTE:中文联络\\; 答疑\\, 报名;;")
    assert "13520875299" not in line
