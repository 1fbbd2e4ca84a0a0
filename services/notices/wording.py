"""How a notice reads: in a subscribe message, in a conversation, in a mail."""

from collections.abc import Callable

from models import Webinar
from models.vocabulary import Language
from services import texts, webinars
from services.notices.occasions import Occasion
from services.notices.templates import Template, Word
from services.registrations import approval
from services.texts import dates
from services.wechat import subscription_values

LONGEST_CHAT = 2048
"""Bytes of a customer-service message (facts, section 2.2)."""

Link = Callable[[str], str]
"""Gives the address of a short link's slug."""


def values(occasion: Occasion, template: Template) -> dict[str, str] | None:
    """Give the values of a subscribe message; None when one of them cannot be made to fit."""
    fitted = {
        key: subscription_values.fitted(key, _word(occasion, word))
        for key, word in template.values.items()
    }
    fitting = {key: value for key, value in fitted.items() if value is not None}
    return fitting if len(fitting) == len(fitted) else None


def page(occasion: Occasion, template: Template) -> str:
    """Give where a tap on the subscribe message leads."""
    return template.page.replace("{slug}", occasion.slug)


def chat(occasion: Occasion, link: Link) -> str:
    """Give the message for a conversation, in Chinese and then in English if both fit."""
    both = _both("chat", occasion, link)
    if len(both.encode()) <= LONGEST_CHAT:
        return both
    chinese = _say("chat", occasion, link=link, language=Language.ZH).encode()
    return chinese[:LONGEST_CHAT].decode(errors="ignore")


def subject(occasion: Occasion, link: Link) -> str:
    """Give the subject of a mail, on one line."""
    both = (_say("subject", occasion, link=link, language=language) for language in Language)
    return " ".join(" | ".join(both).split())


def mail(occasion: Occasion, link: Link) -> str:
    """Give the text of a mail: Chinese, then English."""
    return _both("mail", occasion, link)


def _both(part: str, occasion: Occasion, link: Link) -> str:
    return "\n\n".join(_say(part, occasion, link=link, language=language) for language in Language)


def _say(part: str, occasion: Occasion, *, link: Link, language: Language) -> str:
    facts = _facts(occasion, language) | {"url": link(occasion.slug)}
    return texts.say(f"notices.{occasion.notice.kind.value}.{part}", language, **facts)


def _facts(occasion: Occasion, language: Language) -> dict[str, str]:
    registration, webinar, item = occasion.registration, occasion.webinar, occasion.item
    found: dict[str, str] = {}
    if registration is not None:
        found |= {"name": registration.name, "code": registration.code}
    if webinar is not None:
        start = webinars.local_times(webinar)[0]
        moment = dates.moment(start, language)
        found |= {"title": webinar.title.text(language), "moment": moment}
    if registration is not None and webinar is not None:
        found |= {"why": approval.why(registration, language), "left": _left(webinar, language)}
    if occasion.announcement is not None:
        found["text"] = occasion.announcement.text
    if item is not None:
        found |= {"receipt": item.receipt}
    return found


def _left(webinar: Webinar, language: Language) -> str:
    """List what is left of a webinar, a line each; where that will be, while there is nothing."""
    addresses = {
        "replay": webinar.replay_url,
        "slides": webinar.slides_url,
        "notes": webinar.notes_url,
    }
    lines = [
        texts.say(f"notices.left.{name}", language, address=address)
        for name, address in addresses.items()
        if address
    ]
    return "\n".join(lines) or texts.say("notices.left.nothing", language)


def _word(occasion: Occasion, word: Word) -> str:
    """Give what a key of a subscribe message says; those are in Chinese."""
    match word:
        case Word.STARTS_AT if occasion.webinar is not None:
            start = webinars.local_times(occasion.webinar)[0]
            return f"{start.year}年{start.month}月{start.day}日 {start:%H:%M}"
        case Word.HINT:
            return texts.say(f"notices.{occasion.notice.kind.value}.hint", Language.ZH)
        case _:
            return _facts(occasion, Language.ZH).get(word.value, "")
