"""Loops of the serving process: one that fails takes no other with it."""

import asyncio

import pytest

from api import background
from api.background import kept_running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "REST_SECONDS", 0.001)


async def test_a_loop_that_fails_begins_anew_beside_the_others() -> None:
    stop, begun = asyncio.Event(), 0

    async def failing(stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise KeyError
        stop.set()

    async def steady(stop: asyncio.Event) -> None:
        await stop.wait()

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        other = tasks.create_task(kept_running(steady, stop))
        tasks.create_task(kept_running(failing, stop))

    assert begun == 3
    assert not other.cancelled()


async def test_a_loop_that_fails_at_the_end_is_not_begun_again() -> None:
    stop, begun = asyncio.Event(), 0
    stop.set()

    async def failing(_stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        raise KeyError

    await kept_running(failing, stop)

    assert begun == 1
