"""What is refused about feedback."""

from services.errors import Conflict, Malformed, NotFound


class FeedbackNotFound(NotFound):
    """There is no such feedback, or none that whoever asks may see."""

    code = "feedback_not_found"


class RoundNotOpen(Conflict):
    """The round takes no feedback yet."""

    code = "round_not_open"


class RoundClosed(Conflict):
    """The round takes no feedback any more, and none of it changes."""

    code = "round_closed"


class SectionUnknown(Malformed):
    """The round has no section with this standard, version and code."""

    code = "section_unknown"


class TermUnknown(Malformed):
    """A field holds a word that is not in the round's list."""

    code = "term_unknown"


class AnonymousUnnamed(Malformed):
    """Whoever is anonymous can be neither asked back nor named."""

    code = "anonymous_unnamed"


class FeedbackWithdrawn(Conflict):
    """The feedback was withdrawn, and cannot be changed."""

    code = "feedback_withdrawn"
