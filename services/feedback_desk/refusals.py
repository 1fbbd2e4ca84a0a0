"""What is refused at the feedback desk."""

from services.errors import Conflict, Forbidden, Malformed


class AnswerChanged(Conflict):
    """Somebody else saved the answer meanwhile."""

    code = "answer_changed"


class AnswersArePublished(Forbidden):
    """The answers are published: only who may publish may change them."""

    code = "answers_are_published"


class AnswersNotPublished(Conflict):
    """The answers are not published yet, so there is no file of them for everybody."""

    code = "answers_not_published"


class AnswerIncomplete(Malformed):
    """A published answer has a disposition and a response."""

    code = "answer_incomplete"


class AssigneeUnknown(Malformed):
    """Nobody who may answer has this account."""

    code = "assignee_unknown"


class CommentChanged(Conflict):
    """The comment was changed by its sender since it was read."""

    code = "comment_changed"


class TranslationChanged(Conflict):
    """Somebody else saved the translation meanwhile."""

    code = "translation_changed"


class NothingChosen(Malformed):
    """No comment was chosen."""

    code = "nothing_chosen"


class RoundStillOpen(Conflict):
    """The round still takes comments, so its answers are not published yet."""

    code = "round_still_open"


class AnswersMissing(Conflict):
    """There are comments without a disposition or a response."""

    code = "answers_missing"


class NothingToPublish(Conflict):
    """The round has no comments."""

    code = "nothing_to_publish"
