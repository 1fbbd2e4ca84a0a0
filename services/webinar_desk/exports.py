"""Exports: a webinar's registrations as a file, and the entry that says who took what."""

from sqlalchemy.ext.asyncio import AsyncSession

from services import audit
from services.exports import registrations as registration_file
from services.exports.registrations import Asked
from services.webinar_desk.deeds import By


async def take(
    db: AsyncSession, *, reading: AsyncSession, kind: str, asked: Asked, by: By
) -> bytes:
    """Give the file, as .csv or .xlsx, once it is written down who takes it.

    It is made from `reading`: on SQLite nobody could write while `db` waits for it. `reading` is
    let go before `db` begins.

    Raises:
        ExportFormatUnknown
    """
    made = await registration_file.file(reading, kind=kind, asked=asked)
    await reading.close()
    await audit.record(
        db,
        actor=by.actor,
        act="registrations.exported",
        subject=f"webinar/{asked.webinar.slug}",
        details={"format": kind.removeprefix("."), "extent": asked.extent.value},
        now=by.at,
    )
    return made
