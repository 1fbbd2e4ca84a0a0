"""The service, killed between the commit of a registration and its answer, for one test."""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import create_app
from services.runtime import settings
from services.runtime.database import serving_lock

CREATED = 201


class Dying:
    """Passes everything on, and kills its process instead of answering that something was made."""

    def __init__(self, application: ASGIApp) -> None:
        """Take what really answers."""
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application do its work, the commit included."""

        async def last_words(message: Message) -> None:
            if message.get("status") == CREATED:
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        await self.application(scope, receive, last_words)


def main(port: int) -> None:
    """Serve a database that is ready."""
    chosen = settings.load()
    with serving_lock(chosen.database):
        uvicorn.run(Dying(create_app(chosen).asgi), port=port, log_config=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
