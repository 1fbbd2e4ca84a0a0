"""The web server the simulator runs in."""

from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wechat_simulator.faulty import TRANSPORT


class Protocol(HttpToolsProtocol):
    """The server's protocol; scripted faults can reach the connection and cut it."""

    def on_message_begin(self) -> None:
        """Leave the connection where a fault finds it."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[TRANSPORT] = self.transport


def server(app: Starlette, *, host: str, port: int) -> uvicorn.Server:
    """Prepare the server; `run` it, or `serve` it in a loop of one's own.

    It sets up no logging: a program's warnings go to its error output, a test's to the test.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=Protocol,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
    )
