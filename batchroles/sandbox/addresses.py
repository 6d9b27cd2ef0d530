"""Client addresses against the lists of addresses and networks that restrict tokens."""

import ipaddress


def is_in_subnets(address: str, subnets: str) -> bool:
    """Say whether an address is in a comma-separated list of addresses, networks, ranges or beginnings."""
    return any(_matches(address, subnet.strip()) for subnet in subnets.split(",") if subnet.strip())


def _matches(address: str, subnet: str) -> bool:
    try:
        if "/" in subnet:
            return ipaddress.ip_address(address) in ipaddress.ip_network(subnet, strict=False)
        if "-" in subnet:
            first, _, last = subnet.partition("-")
            begin, number = first.rsplit(".", 1)
            return address.rsplit(".", 1)[0] == begin and int(number) <= int(
                address.rsplit(".", 1)[1]
            ) <= int(last)
    except ValueError:
        return False
    return address == subnet or address.startswith(subnet if subnet.endswith(".") else f"{subnet}.")
