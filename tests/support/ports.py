"""Ports next to each other, as the demo and the simulator need them."""

import random
import socket
from contextlib import ExitStack

BELOW_EPHEMERAL = range(20_000, 32_000)
"""The system hands out none of these by itself: a neighbour is not taken by chance."""

TRIES = 200


def free_in_a_row(count: int) -> int:
    """Give the first of so many neighbouring ports that nothing listens on."""
    for _ in range(TRIES):
        first = random.choice(BELOW_EPHEMERAL)  # noqa: S311 - it hides nothing
        if _are_free(range(first, first + count)):
            return first
    message = f"No {count} neighbouring ports are free."
    raise RuntimeError(message)


def _are_free(ports: range) -> bool:
    try:
        with ExitStack() as stack:
            for port in ports:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
    except OSError:
        return False
    return True
