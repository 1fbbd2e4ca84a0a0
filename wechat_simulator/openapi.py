"""Looking up quotas and calls, and the platform's own addresses."""

from collections.abc import Mapping

from wechat_simulator import quotas, tokens
from wechat_simulator.accounts import Account
from wechat_simulator.calls import OK, Answer, Call, Endpoint, OpenCall, OpenEndpoint
from wechat_simulator.errors import Failure
from wechat_simulator.records import CallRecord
from wechat_simulator.state import State

CLEARED_PER_MONTH = 10
ONE_CLEARED_PER_MONTH = 50
KEPT_SECONDS = 7 * 86400
ADDRESSES = ["127.0.0.1"]
PERIOD_SECONDS = {"second": 1, "minute": 60}
Table = Mapping[str, Endpoint | OpenEndpoint]


def clear(call: Call) -> Answer:
    """Give the account its daily quotas back, ten times a month."""
    if call.word("appid") != call.account.appid:
        raise Failure(40013)
    _clear(call.state, call.account, now=call.credentials_now)
    return OK


def clear_by_secret(call: OpenCall) -> Answer:
    """Do the same without a token, for the day on which no token is to be had."""
    _clear(call.state, tokens.authenticated(call, appsecret="appsecret"), now=call.now)
    return OK


def addresses(call: Call) -> Answer:
    """Give the addresses that pushes come from and the API is at."""
    del call
    return {"ip_list": ADDRESSES}


def rid(call: Call) -> Answer:
    """Tell what a call was, for seven days."""
    wanted = call.word("rid")
    found = next((one for one in call.state.calls if one.rid == wanted), None)
    if found is None:
        raise Failure(76001)
    if found.account not in {None, call.account.kind}:
        raise Failure(76003)
    if call.credentials_now - found.at > KEPT_SECONDS:
        raise Failure(76004)
    return OK | {"request": _request(found)}


def endpoints(table: Table) -> tuple[Endpoint | OpenEndpoint, ...]:
    """Give this theme's endpoints; the quota's look-up needs the table of all."""

    def quota(call: Call) -> Answer:
        endpoint = _known(table, call)
        own = call.account.quotas.get(endpoint.path, {})
        limits = {str(limit.period): limit.calls for limit in endpoint.limits} | own
        name = f"{call.account.kind} {endpoint.path}"
        daily = limits.get("day", 0)
        used = quotas.used(call.state, name, "day", now=call.credentials_now)
        left = max(0, daily - used)
        answer = {**OK, "quota": {"daily_limit": daily, "used": used, "remain": left}}
        for period in [period for period in PERIOD_SECONDS if period in limits]:
            answer["rate_limit"] = {
                "call_count": limits[period],
                "refresh_second": PERIOD_SECONDS[period],
            }
        return answer

    def clear_one(call: Call) -> Answer:
        endpoint = _known(table, call)
        quotas.spend(
            call.state,
            f"{call.account.kind} quota/clear",
            "month",
            allowed=ONE_CLEARED_PER_MONTH,
            errcode=48006,
            now=call.credentials_now,
        )
        quotas.forget(call.state, call.account, path=endpoint.path)
        return OK

    return (
        Endpoint(path="/cgi-bin/clear_quota", run=clear),
        OpenEndpoint(path="/cgi-bin/clear_quota/v2", run=clear_by_secret, method="POST"),
        Endpoint(path="/cgi-bin/openapi/quota/get", run=quota),
        Endpoint(path="/cgi-bin/openapi/quota/clear", run=clear_one),
        Endpoint(path="/cgi-bin/openapi/rid/get", run=rid),
        Endpoint(path="/cgi-bin/getcallbackip", run=addresses, method="GET"),
        Endpoint(path="/cgi-bin/get_api_domain_ip", run=addresses, method="GET"),
    )


def _known(table: Table, call: Call) -> Endpoint:
    endpoint = table.get(call.word("cgi_path"))
    if not isinstance(endpoint, Endpoint):
        raise Failure(76021)
    if call.account.kind not in endpoint.accounts:
        raise Failure(76022)
    return endpoint


def _clear(state: State, account: Account, *, now: float) -> None:
    name = f"{account.kind} clear_quota"
    quotas.spend(state, name, "month", allowed=CLEARED_PER_MONTH, errcode=48006, now=now)
    quotas.forget(state, account)


def _request(found: CallRecord) -> dict[str, object]:
    return {
        "invoke_time": int(found.at),
        "cost_in_ms": int(found.seconds * 1000),
        "request_url": found.path,
        "request_body": str(found.body),
        "response_body": f'{{"errcode":{found.errcode}}}',
        "client_ip": found.client,
    }
