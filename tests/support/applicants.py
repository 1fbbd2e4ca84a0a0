"""Visitors of the mini-program under load: each registers and comments once, until it is heard."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import httpx2

WAIT_SECONDS = 20.0
AGAIN_SECONDS = 0.1
PHONES = 13_900_000_000
REGISTRATIONS = "/v1/webinars/china/registrations"
FEEDBACK = "/v1/feedback"


@dataclass
class Applicants:
    """What was asked for and what was granted."""

    url: str
    tokens: Sequence[str]
    granted: dict[str, dict[str, str]] = field(default_factory=dict)
    """By path and idempotency key: the receipt or the number that was told."""

    strange: list[int] = field(default_factory=list)
    """Statuses that are neither 201 nor 503."""

    longest: float = 0.0
    """Seconds from the first try of a wish to its grant."""

    stop: Event = field(default_factory=Event)

    def apply(self, first: int, of: int) -> None:
        """Let one visitor after the other register and comment."""
        timeout = httpx2.Timeout(WAIT_SECONDS)
        with httpx2.Client(base_url=self.url, timeout=timeout, trust_env=False) as client:
            for place in range(first, len(self.tokens), of):
                wishes = (REGISTRATIONS, FEEDBACK)
                if not all(self._grant(client, path, place) for path in wishes):
                    return

    def of(self, path: str) -> dict[str, str]:
        """Give what was granted at one address, by key."""
        return self.granted.setdefault(path, {})

    def _grant(self, client: httpx2.Client, path: str, place: int) -> bool:
        """Ask until it is granted; False when told to stop before."""
        key, began = f"{path.rpartition('/')[2]}-of-{place:06}", time.perf_counter()
        while not self.stop.is_set():
            told = self._asked(client, path, place, key)
            if told is not None:
                self.of(path)[key] = told
                self.longest = max(self.longest, time.perf_counter() - began)
                return True
            self.stop.wait(AGAIN_SECONDS)
        return False

    def _asked(self, client: httpx2.Client, path: str, place: int, key: str) -> str | None:
        headers = {"Authorization": f"Bearer {self.tokens[place]}", "Idempotency-Key": key}
        try:
            answer = client.post(path, json=_wish(path, place), headers=headers)
        except httpx2.TransportError:
            return None
        if answer.status_code == httpx2.codes.CREATED:
            made = answer.json()
            return str(made["id"] if path == REGISTRATIONS else made["receipt"])
        if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
            self.strange.append(answer.status_code)
        return None


def _wish(path: str, place: int) -> dict[str, str]:
    if path == REGISTRATIONS:
        phone = str(PHONES + place)
        return {"name": "王芳", "organisation": "某某铝业有限公司", "phone": phone}
    return {"standard": "PS", "version": "V4", "section": "10", "comment": f"意见 {place}"}


@contextmanager
def applying(url: str, tokens: Sequence[str], *, clients: int) -> Iterator[Applicants]:
    """Let so many visitors at a time register and comment until the end of the block."""
    applicants = Applicants(url, tokens)
    threads = [
        Thread(target=applicants.apply, args=(first, clients), daemon=True)
        for first in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield applicants
    finally:
        applicants.stop.set()
        for thread in threads:
            thread.join()
