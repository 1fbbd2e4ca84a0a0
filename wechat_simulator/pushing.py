"""Posting pushes to the service: signed, encrypted, cut after five seconds, and again."""

import asyncio
import secrets
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import httpx2

from wechat_simulator import answers, crypto, pushes
from wechat_simulator.accounts import Account
from wechat_simulator.faults import PushFault
from wechat_simulator.people import Entry, Person
from wechat_simulator.platform import Platform

NOTICE = "该公众号提供的服务出现故障，请稍后再试"
OTHER_APPID = "wx00000000000000ff"
LARGEST_NOTED = 2000
Tree = dict[str, Any]


@dataclass(kw_only=True)
class Attempt:
    """One POST and what came back."""

    number: int
    status: int | None
    seconds: float
    outcome: answers.Outcome
    answer: str


@dataclass(kw_only=True)
class Delivery:
    """A push and everything that happened to it."""

    name: str
    understood: bool = False
    held: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    received: list[Entry] = field(default_factory=list)

    def described(self) -> Tree:
        """Tell the control side."""
        return asdict(self)


@dataclass(frozen=True)
class Post:
    """The exact bytes of a push; each attempt posts the same."""

    url: str
    body: bytes
    content_type: str


class Pusher:
    """Delivers pushes to the service's callbacks."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._held: list[tuple[Account, Person | None, Tree]] = []
        self._http = httpx2.AsyncClient(trust_env=False, timeout=60)

    async def aclose(self) -> None:
        """Hang up."""
        await self._http.aclose()

    def forget_held(self) -> None:
        """Drop what is held back."""
        self._held.clear()

    async def verify(self, account: Account) -> Tree:
        """Ask the callback for its echo, as the console does when the address is saved."""
        echo = str(secrets.randbelow(10**19))
        query = signed_query(account, at=self._platform.clock.machine()) | {"echostr": echo}
        try:
            answer = await self._http.get(f"{self._url(account)}?{urlencode(query)}")
        except httpx2.HTTPError:
            return {"verified": False, "status": None}
        return {
            "verified": answer.status_code == httpx2.codes.OK and answer.text == echo,
            "status": answer.status_code,
        }

    async def push(self, account: Account, person: Person | None, tree: Tree) -> Delivery:
        """Deliver a push, with all its attempts; what was held back follows it."""
        name = str(tree.get("Event", tree["MsgType"]))
        fault = self._platform.faults.of_push(name)
        if fault.reorder:
            self._held.append((account, person, tree))
            return Delivery(name=name, held=True)
        delivery = Delivery(name=name)
        await self._deliver(delivery, account, person, tree=tree, fault=fault)
        held, self._held = self._held, []
        for one in held:
            late = Delivery(name=str(one[2].get("Event", one[2]["MsgType"])))
            await self._deliver(late, one[0], one[1], tree=one[2], fault=PushFault(push="*"))
        self._platform.save()
        return delivery

    async def _deliver(
        self,
        delivery: Delivery,
        account: Account,
        person: Person | None,
        *,
        tree: Tree,
        fault: PushFault,
    ) -> None:
        post = self._post(account, tree, fault)
        attempts = 1 if fault.no_retry else account.push_attempts
        for number in range(1, attempts + 1):
            started = perf_counter()
            copies = 1 + (fault.duplicate if number == 1 else 0)
            tries = await asyncio.gather(
                *(self._try(account, tree, post, number=number) for _ in range(copies))
            )
            delivery.attempts += [attempt for attempt, _ in tries]
            lost = fault.lost_answer and number == 1
            answered = [one for one in tries if one[0].outcome in {"success", "empty", "reply"}]
            if answered and not lost:
                delivery.understood = True
                self._show(delivery, account, person, shown=answered[0][1])
                return
            if any(one.outcome == "not_understood" for one, _ in tries) and not lost:
                break
            if number < attempts:
                await asyncio.sleep(max(0.0, account.push_spacing - (perf_counter() - started)))
        if person is not None:
            delivery.received.append(
                self._platform.deliver(
                    person, account.kind, kind="notice", via="fault", content={"content": NOTICE}
                )
            )

    async def _try(
        self, account: Account, tree: Tree, post: Post, *, number: int
    ) -> tuple[Attempt, answers.Shown | None]:
        started = perf_counter()
        attempt = Attempt(number=number, status=None, seconds=0.0, outcome="cut", answer="")
        shown = None
        try:
            async with asyncio.timeout(account.push_seconds):
                answer = await self._http.post(
                    post.url, content=post.body, headers={"content-type": post.content_type}
                )
            attempt.status = answer.status_code
            attempt.answer = answer.text[:LARGEST_NOTED]
            attempt.outcome, shown = _outcome(account, tree, answer)
        except TimeoutError:
            attempt.outcome = "cut"
        except httpx2.HTTPError:
            attempt.outcome = "unreachable"
        attempt.seconds = round(perf_counter() - started, 4)
        return attempt, shown

    def _show(
        self,
        delivery: Delivery,
        account: Account,
        person: Person | None,
        *,
        shown: answers.Shown | None,
    ) -> None:
        if shown is None or person is None:
            return
        via = "transfer" if shown.kind == "transfer" else "reply"
        delivery.received.append(
            self._platform.deliver(
                person, account.kind, kind=shown.kind, via=via, content=shown.content
            )
        )

    def _post(self, account: Account, tree: Tree, fault: PushFault) -> Post:
        text = pushes.write(tree, format=account.format)
        at = self._platform.clock.machine() - fault.stale
        query = signed_query(account, at=at) | {"openid": str(tree["FromUserName"])}
        if account.mode != "plain" and not fault.plaintext:
            text, query = _sealed(account, tree, text, query=query, fault=fault)
        if fault.wrong_signature:
            name = "msg_signature" if "msg_signature" in query else "signature"
            query[name] = query[name][::-1]
        return Post(
            url=f"{self._url(account)}?{urlencode(query)}",
            body=text,
            content_type="application/json" if account.format == "json" else "text/xml",
        )

    def _url(self, account: Account) -> str:
        return f"{self._platform.settings.public_url}/wechat/{account.kind}"


def signed_query(account: Account, *, at: float) -> dict[str, str]:
    """Give the signature over token, time and nonce, as a query."""
    timestamp, nonce = str(int(at)), str(secrets.randbelow(10**10))
    signed = crypto.signature(account.token, timestamp, nonce)
    return {"signature": signed, "timestamp": timestamp, "nonce": nonce}


def _sealed(
    account: Account, tree: Tree, text: bytes, *, query: dict[str, str], fault: PushFault
) -> tuple[bytes, dict[str, str]]:
    """Encrypt a push; the compatible mode keeps the clear fields beside it."""
    appid = OTHER_APPID if fault.wrong_appid else account.appid
    if fault.pad is not None:
        text += b" " * ((crypto.pad_length(len(text), appid) - fault.pad) % crypto.BLOCK)
    sealed = crypto.encrypt(text, key=account.aes_key, appid=appid)
    clear = tree if account.mode == "compatible" else {"ToUserName": tree["ToUserName"]}
    signed = crypto.signature(account.token, query["timestamp"], query["nonce"], sealed)
    return (
        pushes.write({**clear, "Encrypt": sealed}, format=account.format),
        query | {"encrypt_type": "aes", "msg_signature": signed},
    )


def _outcome(
    account: Account, tree: Tree, answer: httpx2.Response
) -> tuple[answers.Outcome, answers.Shown | None]:
    if answer.status_code != httpx2.codes.OK:
        return "refused", None
    try:
        shown = answers.understand(account, tree, answer.content)
    except answers.NotUnderstood:
        return "not_understood", None
    if shown is not None:
        return "reply", shown
    return ("success" if answer.content.strip() else "empty"), None
