"""Template messages of the official account, for those who follow it."""

from wechat_simulator import pushes, template_values
from wechat_simulator.calls import OA, OK, Answer, Call, Endpoint, Limit
from wechat_simulator.errors import Failure
from wechat_simulator.subscriptions import find
from wechat_simulator.template_values import KEYWORD

ONCE_SECONDS = 600
"""For how long the sender's own id keeps a message from being sent again."""


def send(call: Call) -> Answer:
    """Send a template message; an event tells that it arrived."""
    person = call.person(call.word("touser"))
    template = find(call.account, call.word("template_id"))
    if template is None:
        raise Failure(40037)
    if not person.following:
        raise Failure(43004)
    once = f"{person.openid_oa} {call.word('client_msg_id')}"
    earlier = call.state.sent_once.get(once)
    if call.word("client_msg_id") and earlier and call.now - earlier[1] < ONCE_SECONDS:
        return OK | {"msgid": int(earlier[0])}
    number = call.platform.message_id()
    call.state.sent_once[once] = (str(number), call.now)
    data = call.body.get("data", {})
    values = {
        key: str(data.get(key, {}).get("value", "")) for key in KEYWORD.findall(template.content)
    }
    call.platform.deliver(
        person,
        call.account.kind,
        kind="template",
        via="template",
        content={
            "template_id": template.template_id,
            "title": template.title,
            "lines": template_values.filled(template, values),
            "url": call.word("url"),
            "miniprogram": call.body.get("miniprogram"),
        },
    )
    head = pushes.head(call.account, person.openid_oa, "event", at=call.now)
    tree = head | pushes.event("TEMPLATESENDJOBFINISH", MsgID=number, Status="success")
    call.platform.announce(call.account, tree)
    return OK | {"msgid": number}


ENDPOINTS = (
    Endpoint(
        path="/cgi-bin/message/template/send",
        run=send,
        accounts=OA,
        right=lambda account: account.is_verified_service,
        limits=(Limit(period="day", calls=100_000),),
    ),
)
