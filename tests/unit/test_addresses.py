"""The allow-list: what a link may lead to."""

import pytest

from services import addresses

HOSTS = ("aluminium-stewardship.org", "forms.office.com")

ELSEWHERE = ["/r/survey", "/open/mini-program", "/yuedu-yuanwen", "/r"]

ALLOWED = [
    "https://aluminium-stewardship.org",
    "https://aluminium-stewardship.org/standards-revision-consultation-hub",
    "https://www.aluminium-stewardship.org/a?b=c%20d",
    "https://forms.office.com/pages/responsepage.aspx?id=Ye5l.u&route=shorturl",
]

REFUSED = [
    "",
    "http://aluminium-stewardship.org/",
    "//aluminium-stewardship.org/",
    "https:/aluminium-stewardship.org/",
    "https:///aluminium-stewardship.org/",
    "https:\\\\aluminium-stewardship.org\\",
    "https://aluminium-stewardship.org\\@evil.example/",
    "https://aluminium-stewardship.org@evil.example/",
    "https://evil.example/@aluminium-stewardship.org",
    "https://evil.example/?https://aluminium-stewardship.org",
    "https://evil.example#aluminium-stewardship.org",
    "https://aluminium-stewardship.org.evil.example/",
    "https://evilaluminium-stewardship.org/",
    "https://evil-aluminium-stewardship.org/",
    "https://aluminium-stewardship.org:8443/",
    "https://aluminium-stewardship.org:443/",
    "https://user:pass@aluminium-stewardship.org/",
    "https://aluminium-stewardship.org%2eevil.example/",
    "https://aluminium-stewardship.org%00.evil.example/",
    "https://aluminium-stewardship.org\r\nSet-Cookie: a=b",
    "https://aluminium-stewardship.org/\r\nSet-Cookie: a=b",
    "https://aluminium-stewardship.org/ a",
    "https://aluminium-stewardship.org/\t",
    " https://aluminium-stewardship.org/",
    "https://\u0430luminium-stewardship.org/",
    "https://xn--luminium-stewardship-ixb.org/",
    "https://aluminium-stewardship。org/",
    "https://ALUMINIUM-STEWARDSHIP.ORG.evil.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://aluminium-stewardship.org/",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox",
    "file:///etc/passwd",
    "ftp://aluminium-stewardship.org/",
    "weixin://dl/business",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://localhost/",
    "https://aluminium-stewardship.org./",
    "https://.aluminium-stewardship.org/\\evil",
    "https://office.com/",
    "https://notforms.office.com.evil.example",
    "https://aluminium-stewardship.org/#fragment\n",
    "/\\evil.example",
    "/%2f%2fevil.example",
    "https:aluminium-stewardship.org",
    "https://aluminium-stewardship.org\u2028/",
    "https://aluminium-stewardship.org/é",
]


@pytest.mark.parametrize("address", ALLOWED)
def test_addresses_on_the_list_are_allowed(address: str) -> None:
    assert addresses.is_allowed(address, HOSTS)


@pytest.mark.parametrize("address", REFUSED)
def test_whatever_could_be_read_in_two_ways_is_refused(address: str) -> None:
    assert not addresses.is_allowed(address, HOSTS)


@pytest.mark.parametrize("path", ["/", "/feedback", "/webinars/china", "/webinars/china.ics"])
def test_paths_of_ours_are_known(path: str) -> None:
    assert addresses.is_own_path(path)


@pytest.mark.parametrize(
    "path",
    ["", "//evil.example", "/\\evil", "/a//b", "/a?b", "/../a", "/A", "/a%2f", "evil", "/a\n"],
)
def test_what_only_looks_like_a_path_is_refused(path: str) -> None:
    assert not addresses.is_own_path(path)


OWN = [
    ("https://asi.example.cn", "https://asi.example.cn"),
    (
        "https://asi.example.cn/webinars/china?lang=en#top",
        "https://asi.example.cn/webinars/china?lang=en",
    ),
    ("https://ASI.example.cn:443/", "https://ASI.example.cn:443/"),
    ("https://asi.example.cn?a=1", "https://asi.example.cn?a=1"),
]

FOREIGN = [
    "",
    "/webinars/china",
    "//asi.example.cn/",
    "http://asi.example.cn/",
    "https://asi.example.cn:8443/",
    "https://asi.example.cn:99999/",
    "https://asi.example.cn:0/",
    "https://asi.example.cn.evil.example/",
    "https://asi.example.cn@evil.example/",
    "https://user@asi.example.cn/",
    "https://asi.example.cn\\@evil.example/",
    "https://evil.example/https://asi.example.cn/",
    "https://[:::]/",
    "https://asi.example.cn/研讨会",
    "https://asi.example.cn/ a",
    "https://asi.example.cn/\n",
]


@pytest.mark.parametrize(("address", "signed"), OWN)
def test_a_page_of_ours_is_named_without_its_fragment(address: str, signed: str) -> None:
    assert addresses.own_page(address, base="https://asi.example.cn") == signed


@pytest.mark.parametrize("address", FOREIGN)
def test_no_other_page_is_ours(address: str) -> None:
    with pytest.raises(addresses.AddressForeign, match=r"asi\.example\.cn"):
        addresses.own_page(address, base="https://asi.example.cn")


@pytest.mark.parametrize("path", ELSEWHERE)
def test_what_only_leads_on_is_no_page_of_ours(path: str) -> None:
    """A link could lead to itself by it, without end."""
    assert not addresses.is_own_path(path)
    assert addresses.is_own_path(f"/documents{path}")
