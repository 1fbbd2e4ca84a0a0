"""What the simulator seals the service opens, and the other way round; they share no code."""

import time

import pytest

from services.wechat import pushes, replies
from services.wechat.envelope import Envelope, EnvelopeRefused, Mode, Pair
from services.wechat.replies import NewsReply, Reply, TextReply, TransferReply
from tests.support.callbacks import Answer, Callback, Pushed
from tests.support.simulator import (
    MP_AES_KEY,
    MP_APPID,
    MP_TOKEN,
    OA_AES_KEY,
    OA_APPID,
    OA_TOKEN,
    Json,
    Simulator,
    User,
)
from wechat_simulator.pushes import SAMPLES

KEYS = {
    "official-account": (OA_APPID, Pair(OA_TOKEN, OA_AES_KEY)),
    "mini-program": (MP_APPID, Pair(MP_TOKEN, MP_AES_KEY)),
}


class Service:
    """As much of the service as opens pushes and seals replies."""

    def __init__(self, reply: Reply | None = None, mode: Mode = "safe") -> None:
        self.reply = reply
        self.mode = mode
        self.read: list[pushes.Push] = []
        self.refused = 0

    def __call__(self, request: Pushed) -> Answer:
        appid, pair = KEYS[request.path.removeprefix("/wechat/")]
        envelope = Envelope(appid, [pair], self.mode)
        query = request.raw_query.encode()
        if request.method == "GET":
            return 200, envelope.verify(query, at=time.time()).encode()
        try:
            opened = envelope.open(query, request.body, at=time.time())
        except EnvelopeRefused:
            self.refused += 1
            return 403, b""
        push = pushes.read(opened.text)
        self.read.append(push)
        if self.reply is None:
            return 200, b"success"
        text = replies.render(self.reply, to=push.openid, sender=push.to, at=push.created_at)
        sealed = envelope.seal(
            text,
            pair=opened.pair,
            timestamp=opened.timestamp,
            nonce=opened.nonce,
            notation=opened.notation,
        )
        return 200, sealed


@pytest.mark.parametrize("account", KEYS)
def test_the_service_knows_the_echo(simulator: Simulator, callback: Callback, account: str) -> None:
    callback.says(Service())

    assert simulator.post("/simulator/verify", account=account)["verified"] is True


@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
@pytest.mark.parametrize("format_", ["xml", "json"])
def test_both_sides_understand_each_other(
    simulator: Simulator, user: User, callback: Callback, mode: Mode, format_: str
) -> None:
    simulator.account(mode=mode, format=format_)
    service = Service(TextReply("好：]]> <&>"), mode)
    callback.says(service)

    delivery = simulator.send(user.openid_oa, "草案 ]]> <b>")

    (push,) = service.read
    assert isinstance(push, pushes.TextMessage)
    assert (push.text, push.openid) == ("草案 ]]> <b>", user.openid_oa)
    assert push.message_id > 2**53
    assert delivery["received"][0]["content"] == {"content": "好：]]> <&>"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (NewsReply("标题", "说明", "https://a.cn/p.png", "https://a.cn/"), "news"),
        (TransferReply("anna@asi"), "transfer"),
        (TransferReply(None), "transfer"),
    ],
)
def test_every_reply_is_understood(
    simulator: Simulator, user: User, callback: Callback, reply: Reply, kind: str
) -> None:
    callback.says(Service(reply))

    delivery = simulator.send(user.openid_oa, "草案")

    assert delivery["received"][0]["kind"] == kind


@pytest.mark.parametrize("pad", range(1, 33))
def test_every_padding_is_opened(
    simulator: Simulator, user: User, callback: Callback, pad: int
) -> None:
    service = Service()
    simulator.fault(push="text", pad=pad)
    callback.says(service)

    assert simulator.send(user.openid_oa, "草案")["understood"] is True
    assert len(service.read) == 1


@pytest.mark.parametrize(
    "fault", [{"wrong_signature": True}, {"wrong_appid": True}, {"plaintext": True}]
)
def test_a_forged_push_is_refused(
    simulator: Simulator, user: User, callback: Callback, fault: Json
) -> None:
    service = Service()
    simulator.fault(push="text", **fault)
    callback.says(service)

    delivery = simulator.send(user.openid_oa, "草案")

    assert [one["outcome"] for one in delivery["attempts"]] == ["refused"] * 3
    assert service.refused == 3


@pytest.mark.parametrize("name", [*SAMPLES, "user_info_modified"])
@pytest.mark.parametrize("account", ["openid_oa", "openid_mp"])
def test_every_event_is_known_to_the_service(
    simulator: Simulator, user: User, callback: Callback, name: str, account: str
) -> None:
    service = Service()
    callback.says(service)

    simulator.act(getattr(user, account), "events", event=name)

    (push,) = service.read
    assert not isinstance(push, pushes.UnknownPush)
