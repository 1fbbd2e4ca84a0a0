"""Privacy: giving visitors what is kept about them, taking it away, and keeping nothing for ever.

Each feature knows its own tables; its `personal` module gives and erases what is in them.
"""

from services.privacy.erasing import VisitorNotFound, erase
from services.privacy.exporting import export

__all__ = ["VisitorNotFound", "erase", "export"]
