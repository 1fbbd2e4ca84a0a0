"""Who counts as one client: an address, or the network that somebody chooses addresses from."""

import ipaddress

_OUR_SHARE = 64
"""The bits of an IPv6 address that its owner does not choose."""


def of_client(address: str | None) -> str | None:
    """Give what tells clients apart.

    None where the address is not of the public network: then it is a proxy's, or our own.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if not found.is_global:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.ip_network((found, _OUR_SHARE), strict=False))
