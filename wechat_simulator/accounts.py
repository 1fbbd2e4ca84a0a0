"""The two accounts: what their owner may do, and what the console says about them."""

from dataclasses import dataclass, field

from wechat_simulator.settings import MINI_PROGRAM, OFFICIAL_ACCOUNT, Kind, Mode


@dataclass(kw_only=True)
class Template:
    """A message template of the account's own."""

    template_id: str
    title: str
    content: str
    """Lines such as `主题{{thing1.DATA}}`."""
    long_term: bool = False
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Allowed values by `enum` keyword."""


@dataclass(kw_only=True)
class Account:
    """An account as the platform keeps it."""

    kind: Kind
    appid: str
    secret: str
    token: str
    aes_key: str
    mode: Mode
    original_id: str
    """The `gh_…` name that messages carry."""
    type: str = "service"
    """`service` or `subscription`; of a mini-program `company`, `foreign` or `personal`."""
    verified: bool = True
    frozen: bool = False
    format: str = "xml"
    """How pushes are written: `xml` or `json`."""
    push_attempts: int = 3
    """How often one push is posted in all; the documents leave open whether it is 3 or 4."""
    push_spacing: float = 5.0
    """Seconds from the start of one attempt to the start of the next."""
    push_seconds: float = 5.0
    """Seconds after which an unanswered push is cut."""
    allowed_addresses: list[str] = field(default_factory=list)
    """Addresses and networks that may fetch tokens; empty means all."""
    open_api: bool = False
    """Whether it is called from a container of 微信云托管 with 开放接口服务: without a token."""
    oauth_hosts: list[str] = field(default_factory=list)
    """Hosts that web log-ins may come back to; empty means all."""
    quotas: dict[str, dict[str, int]] = field(default_factory=dict)
    """Other limits by path: `{"/cgi-bin/token": {"day": 2}}`."""
    published: bool = True
    """Whether the mini-program has a released version."""
    pages: list[str] = field(default_factory=list)
    """Pages of the released version; empty means that every page exists."""
    templates: list[Template] = field(default_factory=list)
    ecommerce: bool = False
    """Whether its category may have short links (43104 otherwise)."""
    bound: bool = True
    """Whether it belongs to an open-platform account, so that people have a union id."""
    publish_status: int = 0
    """What becomes of published drafts: 0 well, 2 to 4 badly."""
    publish_seconds: float = 0.0
    """How long publishing takes."""
    robot_keys: list[str] = field(default_factory=list)
    """Keys of group robots; empty means every key of the right shape."""
    sensitive_words: list[str] = field(default_factory=list)

    @property
    def is_verified_service(self) -> bool:
        """Tell whether this is a verified 服务号."""
        return self.type == "service" and self.verified

    @property
    def may_publish(self) -> bool:
        """Tell whether articles can be published by API."""
        return self.type == "service" or self.verified

    @property
    def is_company(self) -> bool:
        """Tell whether the mini-program belongs to a verified company of the mainland."""
        return self.type == "company" and self.verified


def new_account(  # the console's form has these fields
    kind: Kind, *, appid: str, secret: str, token: str, aes_key: str, mode: Mode
) -> Account:
    """Register an account with everything a verified owner has."""
    is_official = kind == OFFICIAL_ACCOUNT
    return Account(
        kind=kind,
        appid=appid,
        secret=secret,
        token=token,
        aes_key=aes_key,
        mode=mode,
        original_id=f"gh_{appid[-12:]}",
        type="service" if is_official else "company",
        format="xml" if is_official else "json",
    )


__all__ = ["MINI_PROGRAM", "OFFICIAL_ACCOUNT", "Account", "Kind", "Mode", "Template", "new_account"]
