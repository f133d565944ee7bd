"""Which network addresses belong to the public internet: those that a stranger may have the server call."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given to anybody; beyond it a network may use an address as it likes."""


def is_public(text: str) -> bool:
    """Whether an IP address is neither this machine, nor a private, link-local or otherwise special one.

    An IPv6 address that carries an IPv4 one is as public as that.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    carried = _carried(address)
    if address.version == 6 and not carried and address not in GLOBAL_UNICAST:
        return False
    return all(one.is_global and not one.is_multicast for one in (address, *carried))


def _carried(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return [one for one in found if one is not None]
