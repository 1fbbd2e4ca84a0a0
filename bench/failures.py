"""Why a run gives no figures."""


class Unmeasurable(Exception):
    """The machine lacks something; the sentence says what."""


class AnswerWrong(Exception):
    """A server answered something else than what is being compared."""


class VisitsMiscounted(Exception):
    """The visits in the database are not the requests that were answered."""


class PushesMiscounted(Exception):
    """The pushes in a database are not those that were answered."""


class SeatsMiscounted(Exception):
    """More seats were given than there are, or an answered registration is not in the database."""


class ReceiptsMiscounted(Exception):
    """A number is missing, the chain does not hold, or an answered comment is not there."""


class RowsMiscounted(Exception):
    """A point of a growth curve has not as many rows as it says."""
