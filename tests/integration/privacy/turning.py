"""Turning keys: the new one, and the service started again with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from api.app import create_app
from services.privacy.keys import Keys
from services.runtime import settings as runtime_settings
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from tests.conftest import PUBLIC_URL
from tests.support.clocks import SetClock

NEW = "another-key-that-protects-nothing-at-all"


def held(secret: str, *, old: Sequence[str] = ()) -> Keys:
    """Give keys as an installation has them."""
    return Keys(sealer=Sealer(secret, old=old), index=BlindIndex(secret))


@asynccontextmanager
async def service(
    database: Database, clock: SetClock, folder: Path, *, old: str = ""
) -> AsyncIterator[httpx2.AsyncClient]:
    """Start the service again, with the new key."""
    application = create_app(
        runtime_settings.load(
            database_url=database.url,
            data_dir=folder,
            public_url=PUBLIC_URL,
            secret_key=NEW,
            secret_key_old=old,
        ),
        clock=clock,
    )
    transport = httpx2.ASGITransport(application.asgi)
    async with (
        application.api.router.lifespan_context(application.api),
        httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client,
    ):
        yield client
