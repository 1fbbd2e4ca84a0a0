"""The platform as a whole: its state, its clock, and who is waiting for news."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from wechat_simulator.accounts import Account
from wechat_simulator.clock import Clock
from wechat_simulator.faults import Faults
from wechat_simulator.people import Entry, Person
from wechat_simulator.settings import Kind, Settings
from wechat_simulator.state import State, load, new_state, save

SEQUENCE_BITS = 14
Push = Callable[[Account, Person | None, dict[str, Any]], Coroutine[Any, Any, Any]]


class Platform:
    """One running Tencent."""

    def __init__(self, settings: Settings) -> None:
        """Start with the kept state if there is any."""
        self.settings = settings
        self.clock = Clock(settings.clock_file)
        self.faults = Faults()
        self._news = asyncio.Event()
        self._errands: set[asyncio.Task[Any]] = set()
        self._take(load(settings))

    def reset(self) -> None:
        """Forget everything but the settings."""
        self.clock.set(None)
        self.faults.clear()
        self._take(new_state(self.settings))
        self.save()

    def account(self, kind: Kind) -> Account | None:
        """Find one of the two accounts."""
        return next((one for one in self.state.accounts if one.kind == kind), None)

    def account_by_appid(self, appid: str) -> Account | None:
        """Find an account by its app id."""
        return next((one for one in self.state.accounts if one.appid == appid), None)

    def person(self, openid: str) -> Person | None:
        """Find a person by any of their names."""
        return self._people.get(openid)

    def named(self, openid: str) -> Person:
        """Give the person with a name that the platform itself wrote down."""
        return self._people[openid]

    def welcome(self, person: Person) -> Person:
        """Let a new person onto the platform."""
        self.state.people.append(person)
        self._know(person)
        return person

    def deliver(  # an entry has these parts
        self, person: Person, account: Kind, *, kind: str, via: str, content: dict[str, Any]
    ) -> Entry:
        """Put something into a person's chat, and wake whoever watches it."""
        entry = Entry(
            number=self.state.next_number(),
            at=self.clock.now(),
            account=account,
            kind=kind,
            via=via,
            content=content,
        )
        person.add(entry)
        self._news.set()
        self._news = asyncio.Event()
        return entry

    async def news(self, seconds: float) -> None:
        """Wait until anything is delivered to anyone, or until the time is up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    def message_id(self) -> int:
        """Give a message id: above 2^53, and never used again, not even after a reset."""
        return (int(time.time() * 1000) << SEQUENCE_BITS) | (
            self.state.next_number() & ((1 << SEQUENCE_BITS) - 1)
        )

    def connect(self, push: Push) -> None:
        """Say how pushes are delivered."""
        self._push = push

    def announce(self, account: Account, tree: dict[str, Any]) -> None:
        """Push something soon that nobody did with their phone, so nobody sees its answer."""
        self.errand(self._push(account, None, tree))

    def errand(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something later, without anyone waiting for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def stop_errands(self) -> None:
        """Give up what is still on its way."""
        for task in tuple(self._errands):
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    def save(self) -> None:
        """Keep the state, if there is a file for it."""
        if self.settings.state_file is not None:
            save(self.state, self.settings.state_file)

    def _take(self, state: State) -> None:
        self.state = state
        self._people: dict[str, Person] = {}
        for person in state.people:
            self._know(person)

    def _know(self, person: Person) -> None:
        for name in (person.openid_oa, person.openid_mp, person.unionid):
            self._people[name] = person
