"""Staff notices: telling those who work here that something waits for them, in numbers only."""

from services.staff_notices.ways import Ways

__all__ = ["Ways"]
