"""WeChat's side of the callback under load: many visitors write at once, each until it is heard."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import httpx2

from models.vocabulary import Account
from tests.support import pushes
from tests.support.pushes import Secrets
from tests.support.simulator import (
    MP_AES_KEY,
    MP_APPID,
    MP_TOKEN,
    OA_AES_KEY,
    OA_APPID,
    OA_TOKEN,
)

CUT_SECONDS = 5.0
"""WeChat hangs up then."""

AGAIN_SECONDS = 0.1
"""Between two deliveries of one push; WeChat waits 5 s, which would only prolong the test."""

WORDS = ("草案", "报名", "截止", "今天天气真好")
PATHS = {
    Account.OFFICIAL_ACCOUNT: "/wechat/official-account",
    Account.MINI_PROGRAM: "/wechat/mini-program",
}


@dataclass(frozen=True)
class Delivery:
    """One push on its way."""

    account: Account
    number: int
    openid: str

    def written(self) -> tuple[str, bytes]:
        """Sign and encrypt it now; delivered again it is the same to the byte."""
        words = WORDS[self.number % len(WORDS)]
        now = time.time()
        if self.account is Account.OFFICIAL_ACCOUNT:
            text = pushes.text_xml(words, openid=self.openid, message_id=self.number, at=now)
            pair = Secrets(token=OA_TOKEN, key=OA_AES_KEY)
            return pushes.post(text, pair=pair, appid=OA_APPID, at=now)
        said = {"MsgType": "text", "Content": words, "MsgId": self.number}
        text = pushes.push_json(said, openid=self.openid, at=now)
        pair = Secrets(token=MP_TOKEN, key=MP_AES_KEY)
        return pushes.post(text, pair=pair, appid=MP_APPID, at=now, notation="json")


@dataclass
class Senders:
    """What WeChat has delivered and heard back."""

    url: str
    account: Account = Account.OFFICIAL_ACCOUNT
    acknowledged: list[int] = field(default_factory=list)
    """The numbers of the messages answered with 200."""

    seconds: list[float] = field(default_factory=list)
    """How long each acknowledged delivery took."""

    strange: list[int] = field(default_factory=list)
    """Statuses that are neither 200 nor 503."""

    repeated: int = 0
    """Deliveries that had to be made again."""

    stop: Event = field(default_factory=Event)

    def write(self, sender: int, of: int) -> None:
        """Write one message after the other, as one of so many, until told to stop."""
        openid = f"o{'s' * 25}{sender:02}"
        number = sender + of
        with httpx2.Client(base_url=self.url, timeout=CUT_SECONDS, trust_env=False) as client:
            while not self.stop.is_set():
                self._deliver(client, Delivery(self.account, number, openid))
                number += of

    def _deliver(self, client: httpx2.Client, delivery: Delivery) -> None:
        query, body = delivery.written()
        address = f"{PATHS[self.account]}?{query}"
        while not self._heard(client, address, body, delivery.number):
            self.repeated += 1
            if self.stop.wait(AGAIN_SECONDS):
                return

    def _heard(self, client: httpx2.Client, address: str, body: bytes, number: int) -> bool:
        started = time.perf_counter()
        try:
            answer = client.post(address, content=body)
        except httpx2.TransportError:
            return False
        if answer.status_code == httpx2.codes.OK:
            self.seconds.append(time.perf_counter() - started)
            self.acknowledged.append(number)
            return True
        if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
            self.strange.append(answer.status_code)
        return False

    def wait_for(self, more: int, *, within: float = 60) -> None:
        """Wait until so many more are acknowledged."""
        wanted, pause = len(self.acknowledged) + more, Event()
        for _ in range(round(within * 100)):
            if len(self.acknowledged) >= wanted:
                return
            pause.wait(0.01)
        message = f"{len(self.acknowledged)} of {wanted} pushes were acknowledged."
        raise AssertionError(message)


@contextmanager
def writing(
    url: str, *, clients: int, account: Account = Account.OFFICIAL_ACCOUNT
) -> Iterator[Senders]:
    """Let so many visitors write at once until the end of the block."""
    senders = Senders(url, account)
    threads = [
        Thread(target=senders.write, args=(sender, clients), daemon=True)
        for sender in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield senders
    finally:
        senders.stop.set()
        for thread in threads:
            thread.join()
