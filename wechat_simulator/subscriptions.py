"""Subscribe messages: one send for each consent."""

import secrets
from collections.abc import Callable

from wechat_simulator import pushes, template_values
from wechat_simulator.accounts import Account, Template
from wechat_simulator.calls import MP, OA, OK, Answer, Call, Endpoint, Limit
from wechat_simulator.errors import Failure
from wechat_simulator.mini_program_codes import is_known
from wechat_simulator.people import Person

STATES = ("developer", "trial", "formal")
LANGUAGES = ("zh_CN", "en_US", "zh_HK", "zh_TW")
MOST_TEMPLATES = 50
LONGEST_SCENE = 15
KEYWORDS = range(2, 6)
LIBRARY: dict[int, tuple[str, dict[int, tuple[str, str]]]] = {
    1001: (
        "会议开始提醒",
        {
            1: ("会议主题", "thing"),
            2: ("会议时间", "time"),
            3: ("温馨提示", "thing"),
            4: ("地点", "thing"),
        },
    ),
    1002: (
        "征集截止提醒",
        {1: ("征集名称", "thing"), 2: ("截止时间", "time"), 3: ("当前状态", "phrase")},
    ),
    1003: (
        "反馈处理通知",
        {1: ("反馈编号", "character_string"), 2: ("处理结果", "phrase"), 3: ("处理人", "name")},
    ),
}
"""A small part of the public library: titles and keywords by number."""


def send(call: Call) -> Answer:
    """Send a mini-program's message, and use one consent up."""
    person = call.person(call.word("touser"))
    template = _template(call)
    page = call.word("page").partition("?")[0].lstrip("/")
    if page and not is_known(call.account, page):
        raise Failure(41030)
    if call.body.get("miniprogram_state", "formal") not in STATES:
        raise Failure(47003, "argument invalid! miniprogram_state invalid")
    if call.body.get("lang", "zh_CN") not in LANGUAGES:
        raise Failure(47003, "argument invalid! lang invalid")
    number = _sent(call, person, template)
    return OK | {"msgid": number}


def send_official(call: Call) -> Answer:
    """Send an official account's notice; both shapes of the body are taken."""
    person = call.person(call.word("touser"))
    _sent(call, person, _template(call))
    return OK


def templates(call: Call) -> Answer:
    """List the account's own templates."""
    return OK | {"data": [_listed(one) for one in call.account.templates]}


def add(call: Call) -> Answer:
    """Make a template of the account's own from the library's."""
    known = LIBRARY.get(_whole(call.body.get("tid")))
    if known is None:
        raise Failure(200014)
    title, keywords = known
    chosen = call.body.get("kidList")
    if (
        not isinstance(chosen, list)
        or len(chosen) not in KEYWORDS
        or any(kid not in keywords for kid in chosen)
    ):
        raise Failure(200020)
    if len(call.word("sceneDesc")) > LONGEST_SCENE:
        raise Failure(200021)
    if len(call.account.templates) >= MOST_TEMPLATES:
        raise Failure(200012)
    lines = [f"{keywords[kid][0]}:{{{{{keywords[kid][1]}{kid}.DATA}}}}" for kid in chosen]
    made = Template(template_id=secrets.token_urlsafe(32), title=title, content="\n".join(lines))
    call.account.templates.append(made)
    return OK | {"priTmplId": made.template_id}


def delete(call: Call) -> Answer:
    """Throw a template away."""
    wanted = call.word("priTmplId")
    kept = [one for one in call.account.templates if one.template_id != wanted]
    if len(kept) == len(call.account.templates):
        raise Failure(200100)
    call.account.templates = kept
    return OK


def categories(call: Call) -> Answer:
    """List the account's categories."""
    del call
    return OK | {"data": [{"id": 616, "name": "公益"}]}


def titles(call: Call) -> Answer:
    """List the library's titles."""
    del call
    found = [
        {"tid": tid, "title": title, "type": 2, "categoryId": "616"}
        for tid, (title, _) in LIBRARY.items()
    ]
    return OK | {"count": len(found), "data": found}


def keywords(call: Call) -> Answer:
    """List the keywords of a title of the library."""
    known = LIBRARY.get(_whole(call.query.get("tid")))
    if known is None:
        raise Failure(200014)
    found = [
        {"kid": kid, "name": name, "example": "", "rule": rule}
        for kid, (name, rule) in known[1].items()
    ]
    return OK | {"count": len(found), "data": found}


def find(account: Account, template_id: str) -> Template | None:
    """Find one of the account's own templates."""
    return next((one for one in account.templates if one.template_id == template_id), None)


def _template(call: Call) -> Template:
    template = find(call.account, call.word("template_id"))
    if template is None:
        raise Failure(40037)
    return template


def _sent(call: Call, person: Person, template: Template) -> int:
    values = template_values.check(template, call.body.get("data"))
    if any(word in value for word in call.account.sensitive_words for value in values.values()):
        raise Failure(45168)
    if not template.long_term:
        _spend(person, template)
    call.platform.deliver(
        person,
        call.account.kind,
        kind="subscribe",
        via="subscribe",
        content={
            "template_id": template.template_id,
            "title": template.title,
            "lines": template_values.filled(template, values),
            "page": call.body.get("page", ""),
            "miniprogram": call.body.get("miniprogram"),
        },
    )
    number = call.platform.message_id()
    _announce(call, person, template, number=number)
    return number


def _spend(person: Person, template: Template) -> None:
    left = person.grants.get(template.template_id, 0)
    if left <= 0:
        raise Failure(43101)
    person.grants[template.template_id] = left - 1


def _announce(call: Call, person: Person, template: Template, *, number: int) -> None:
    item = {
        "TemplateId": template.template_id,
        "MsgID": str(number),
        "ErrorCode": 0,
        "ErrorStatus": "success",
    }
    openid = person.openid(call.account.kind)
    head = pushes.head(call.account, openid, "event", at=call.now)
    tree = head | pushes.listed("subscribe_msg_sent_event", [item])
    call.platform.announce(call.account, tree)


def _listed(template: Template) -> dict[str, object]:
    return {
        "priTmplId": template.template_id,
        "title": template.title,
        "content": template.content,
        "example": "",
        "type": 3 if template.long_term else 2,
        "keywordEnumValueList": [
            {"keywordCode": key, "enumValueList": values}
            for key, values in template.choices.items()
        ],
    }


def _whole(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _library(name: str, run: Callable[[Call], Answer], *, gets: bool) -> Endpoint:
    return Endpoint(path=f"/wxaapi/newtmpl/{name}", run=run, method="GET" if gets else "POST")


ENDPOINTS = (
    Endpoint(
        path="/cgi-bin/message/subscribe/send",
        run=send,
        accounts=MP,
        limits=(Limit(period="day", calls=10_000_000),),
    ),
    Endpoint(
        path="/cgi-bin/message/subscribe/bizsend",
        run=send_official,
        accounts=OA,
        right=lambda account: account.verified,
    ),
    _library("gettemplate", templates, gets=True),
    _library("addtemplate", add, gets=False),
    _library("deltemplate", delete, gets=False),
    _library("getcategory", categories, gets=True),
    _library("getpubtemplatetitles", titles, gets=True),
    _library("getpubtemplatekeywords", keywords, gets=True),
)
