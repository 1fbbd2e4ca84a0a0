"""Visits: how often links and pages are followed, and by how many different devices.

Kept are sums by day, and until a day is over the marks by which its devices are told apart.
"""

from services.visits.counting import VisitCounter
from services.visits.scenes import count_scans
from services.visits.shapes import (
    BEIJING,
    OTHER_CHANNEL,
    Reading,
    Visit,
    beijing_day,
    channel,
    named_channel,
    visit,
)
from services.visits.sums import (
    Days,
    Visitors,
    by_people,
    links,
    readings,
    totals,
    visitors,
)

__all__ = [
    "BEIJING",
    "OTHER_CHANNEL",
    "Days",
    "Reading",
    "Visit",
    "VisitCounter",
    "Visitors",
    "beijing_day",
    "by_people",
    "channel",
    "count_scans",
    "links",
    "named_channel",
    "readings",
    "totals",
    "visit",
    "visitors",
]
