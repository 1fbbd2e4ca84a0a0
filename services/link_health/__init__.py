"""Link health: whether the addresses outside still give what readers are sent there for.

Standing is a rule on what is recorded; looking asks the internet and keeps nothing; recording
brings the two together, in the caller's transaction.
"""

from services.link_health.figures import LinkFigures
from services.link_health.recording import (
    AddressNotWatched,
    Health,
    accept,
    named,
    of_addresses,
    report,
)
from services.link_health.standing import Standing
from services.link_health.targets import Target
from services.link_health.work import check_now, kinds, schedules

__all__ = [
    "AddressNotWatched",
    "Health",
    "LinkFigures",
    "Standing",
    "Target",
    "accept",
    "check_now",
    "kinds",
    "named",
    "of_addresses",
    "report",
    "schedules",
]
