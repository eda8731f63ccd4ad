"""Where webhooks may go: public addresses, and those that the operator names.

>>> rules = TargetRules.of("10.1.0.0/16")
>>> [rules.lets(each) for each in ("10.1.2.3", "10.2.2.3", "169.254.169.254", "::ffff:127.0.0.1")]
[True, False, False, False]

A caller chooses the URL and this service opens the connection: it must not become the caller's way
into the operator's network. A name is resolved once for each attempt, every address that it has is
judged, and the connection goes to an address that was judged, so that nothing can be exchanged in
between.
"""

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNICAST = IPv6Network("2000::/3")
"""What of IPv6 is given to the public internet; translations of IPv4 addresses lie elsewhere."""
MAPPED = IPv6Network("::ffff:0:0/96")
NOT_PUBLIC: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("2002::/16"),
)
"""Kept for protocols and for tunnels, in which the true address stands inside of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRules:
    """Which addresses may be reached. `private` are networks that may, though not public."""

    private: tuple[Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> "TargetRules":
        """The rules that let `text`, networks with commas between, through. Raises `ValueError`."""
        named = (each.strip() for each in text.split(","))
        try:
            private = tuple(ip_network(each) for each in named if each)
        except ValueError:
            raise ValueError("networks such as `10.1.0.0/16` are needed, with commas") from None
        for network in private:
            if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
                # an address is judged as the IPv4 address that it maps: this would let nothing by
                raise ValueError(f"name `{network}` as the IPv4 network that it maps")
        return cls(private=private)

    @property
    def has_loopback(self) -> bool:
        """Whether this machine itself may be reached, for development."""
        return any(network.is_loopback for network in self.private)

    def lets(self, address: str) -> bool:
        """Whether a webhook may go to this address. What is no address may not."""
        found = _address_in(address)
        return found is not None and (self._is_named(found) or is_public(found))

    def lets_plain(self, address: str) -> bool:
        """Whether a webhook may go there without TLS: this machine itself, where it is named."""
        found = _address_in(address)
        return found is not None and found.is_loopback and self._is_named(found)

    def _is_named(self, address: Address) -> bool:
        return any(
            address.version == network.version and address in network for network in self.private
        )


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may have this address.

    >>> is_public(ip_address("1.1.1.1")), is_public(ip_address("2002:7f00:1::"))
    (True, False)
    """
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return not any(
        address.version == network.version and address in network for network in NOT_PUBLIC
    )


def _address_in(text: str) -> Address | None:
    """The address, with an IPv4 address taken out of an IPv6 one that maps it."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
