"""What is wrong with a form that was sent, in sentences beside its fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from api import problems
from models.vocabulary import Language
from services import texts
from services.errors import Conflict, Malformed, Refusal

_ASKED_AS = {
    "phone": "contact",
    "email": "contact",
    "standard": "section",
    "version": "section",
}
"""Fields of the contract that a form asks for in another way."""

_OF_FIELD = {
    "contact_taken": "contact",
    "one_contact": "contact",
    "stakeholder_unknown": "stakeholder",
    "section_missing": "section",
    "section_unknown": "section",
    "anonymous_unnamed": "anonymous",
}
"""Refusals and rules that are about one field."""


class FormStale(Malformed):
    """The form is older than the browser's cookie, or the browser keeps no cookies."""

    code = "form_stale"


class FormSentBefore(Conflict):
    """The form was sent before with other words in it."""

    code = "form_sent_before"


@dataclass(frozen=True)
class Faults:
    """All that is wrong with what was sent."""

    status: int = 200
    fields: Mapping[str, str] = field(default_factory=dict)
    """By field, what to do about it."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """By field, what the form calls it."""

    general: str = ""
    code: str = ""
    """The refusal's, for whoever helps."""

    def __bool__(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.fields or self.general)

    @classmethod
    def of(cls, error: Refusal | ValidationError, language: Language) -> "Faults":
        """Say what a refusal means to whoever filled in the form."""
        if isinstance(error, ValidationError):
            return _misunderstood(error, language)
        key = f"pages.form.refused.{error.code}"
        sentence = texts.say(key, language) if texts.known(key) else error.sentence(language)
        named = error.values.get("field") or _OF_FIELD.get(error.code)
        status = problems.status_of(error)
        if named is None:
            return cls(status, general=sentence, code=error.code)
        fields = {str(named): sentence}
        return cls(status, fields, _labels(fields, language), code=error.code)


NONE = Faults()


def _misunderstood(error: ValidationError, language: Language) -> Faults:
    fields: dict[str, str] = {}
    for item in error.errors(include_url=False):
        named = str(item["loc"][0]) if item["loc"] else ""
        known = _ASKED_AS.get(named) or _OF_FIELD.get(item["type"]) or named
        fields.setdefault(known, _sentence(item, known, language))
    return Faults(422, fields, _labels(fields, language), code="malformed")


def _labels(fields: Iterable[str], language: Language) -> dict[str, str]:
    keys = {name: f"pages.form.fields.{name}" for name in fields}
    return {
        name: texts.say(key, language) if texts.known(key) else name for name, key in keys.items()
    }


def _sentence(item: Mapping[str, Any], named: str, language: Language) -> str:
    values = {name: str(value) for name, value in (item.get("ctx") or {}).items()}
    typed = item.get("input")
    if isinstance(typed, str):
        values["length"] = str(len(typed))
    for key in (
        f"pages.form.wrong.{named}_{item['type']}",
        f"pages.form.wrong.{item['type']}",
        f"validation.{item['type']}",
    ):
        if texts.known(key):
            return texts.say(key, language, **values)
    return texts.say("validation.other", language)
