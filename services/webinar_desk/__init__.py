"""The webinars' desk: what staff see of registrations and do about them, each deed audited."""

from services.webinar_desk.deeds import By
from services.webinar_desk.lists import Asked, Numbers, Show
from services.webinar_desk.settings import WebinarChanged, Wish

__all__ = ["Asked", "By", "Numbers", "Show", "WebinarChanged", "Wish"]
