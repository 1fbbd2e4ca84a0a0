"""What the content desk refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.vocabulary import Language
from services import texts
from services.errors import Conflict, Malformed, NotFound


class UseKind(StrEnum):
    """Where something is used."""

    MENU = "menu"
    REPLY = "reply"
    """Of a rule; the others are called by what they answer."""

    WELCOME = "welcome"
    SCAN = "scan"
    DEFAULT = "default"
    OUT_OF_HOURS = "out_of_hours"
    LINK = "link"
    LINK_RULE = "link_rule"
    FEEDBACK = "feedback"


@dataclass(frozen=True)
class Use:
    """One place that something is needed for."""

    kind: UseKind
    name: str
    """A button's name, a rule's title, a slug."""

    def words(self, language: Language) -> str:
        """Name it for people."""
        return texts.say(f"content_uses.{self.kind.value}", language, name=self.name)


class ContentChanged(Conflict):
    """Somebody else has changed this since it was shown."""

    code = "content_changed"


class StillNeeded(Conflict):
    """Other content leads there."""

    code = "content_still_needed"

    def __init__(self, uses: Sequence[Use]) -> None:
        """Keep what needs it."""
        self.uses = tuple(uses)
        super().__init__()

    def sentence(self, language: Language) -> str:
        """Name what needs it."""
        separator = texts.say("pages.list_separator", language)
        named = separator.join(use.words(language) for use in self.uses)
        return texts.say(f"refusals.{self.code}", language, uses=named)


class AddressInsecure(Malformed):
    """The address does not begin with https."""

    code = "address_insecure"


class AddressInside(Malformed):
    """The address is that of a machine, or of one that is not on the public internet."""

    code = "address_inside"


class AddressOffList(Malformed):
    """The address lies on none of the sites that may be linked."""

    code = "address_off_list"


class PathUnfit(Malformed):
    """Readers cannot be led to that path of ours."""

    code = "path_unfit"


class PathLeadsNowhere(Malformed):
    """There is no such page of ours."""

    code = "path_leads_nowhere"


class LinkSlugTaken(Conflict):
    """The slug stands for something, or has stood for it."""

    code = "link_slug_taken"


class LinkSlugUnfit(Malformed):
    """The slug looks like one of a printed code."""

    code = "link_slug_unfit"


class ExpiryPast(Malformed):
    """The link would be over already."""

    code = "link_expiry_past"


class ContactValueUnfit(Malformed):
    """The value is none of the channel's kind."""

    code = "contact_value_unfit"


class ReplyRuleNotFound(NotFound):
    """The current round has no such rule."""

    code = "reply_rule_not_found"


class RuleWordsEmpty(Malformed):
    """A rule has no words, or one that is nothing but signs."""

    code = "rule_words_empty"


class RuleWordTooLong(Malformed):
    """A word of a rule is too long to be met."""

    code = "rule_word_too_long"


class RuleDatesReversed(Malformed):
    """The rule would end before it begins."""

    code = "rule_dates_reversed"


class ReplyTextMissing(Malformed):
    """A reply has no text in one of the languages."""

    code = "reply_text_missing"


class PlaceholderUnfit(Malformed):
    """A text has braces that are no placeholder, or one that is not known here."""

    code = "reply_placeholder_unfit"


class PlaceholderLeadsNowhere(Malformed):
    """A placeholder names something that does not exist."""

    code = "reply_placeholder_nowhere"


class ReplyTooLong(Malformed):
    """A reply is longer than WeChat takes."""

    code = "reply_too_long"
