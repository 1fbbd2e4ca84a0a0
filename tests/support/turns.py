"""What whoever runs jobs does first: queueing the repeated ones."""

from api import background
from services.runtime.clock import installation_clock
from services.runtime.database import Database
from services.runtime.settings import Settings


async def queue_scheduled(settings: Settings, database: Database) -> None:
    """Queue an installation's repeated jobs once and run none, as a worker that ends at once."""
    async with background.doors(settings, database) as doors:
        clock = installation_clock(settings)
        await background.runner(settings, database, doors=doors, clock=clock).queue_scheduled()
