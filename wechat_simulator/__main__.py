"""`python -m wechat_simulator`: the simulator as a program."""

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn

from wechat_simulator import browser, settings
from wechat_simulator.app import create_app
from wechat_simulator.server import server


def prepared(words: Sequence[str], environment: Mapping[str, str]) -> uvicorn.Server:
    """Prepare the server that a command line asks for."""
    asked = _arguments(words)
    read = settings.read(
        environment, state_file=asked.state, accepts_any_code=asked.accept_any_code
    )
    port = asked.port or settings.default_port(read.public_url)
    return server(create_app(read), host=asked.host, port=port)


async def run(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run the platform, and on the next port the browser that its phone opens links in."""
    platform = prepared(words, environment)
    if _arguments(words).with_parent:
        threading.Thread(target=_end_with_parent, args=(platform,), daemon=True).start()
    place, service = platform.config, settings.read(environment).public_url
    async with browser.serving(service, host=place.host, port=place.port + 1):
        await platform.serve()


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="wechat_simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=None)
    parser.add_argument("--state", type=Path, default=None, metavar="FILE")
    parser.add_argument("--accept-any-code", action="store_true")
    parser.add_argument(
        "--with-parent",
        action="store_true",
        help="end when whoever holds the other end of stdin does",
    )
    return parser.parse_args(words)


def _end_with_parent(platform: uvicorn.Server) -> None:
    """Wait for the end of the standard input: a parent that is killed closes it, whatever else."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    platform.should_exit = True


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(run(sys.argv[1:], os.environ))
