"""Who may call: tokens and the addresses they are restricted to, accounts, services and their functions."""

import ipaddress
import time

from batchroles.sandbox.access.actor import Actor
from batchroles.sandbox.errors import (
    MissingRecord,
    MoodleError,
    access_refused,
    invalid_parameter,
    moodle_error,
    shown_query,
)
from batchroles.sandbox.site.known_functions import exists
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row


def authenticate(site: Site, token: str, client_ip: str) -> Row:
    """Give the token's row once token, account and protocol are in order."""
    row = site.tokens.find(token)
    if row is None:
        raise moodle_error("invalidtoken", "Invalid token - token not found")
    if row["validuntil"] and row["validuntil"] < time.time():
        # Moodle deletes it on use, so that the next call says "not found" (token-expired-second-call).
        site.tokens.remove(row)
        site.journal.commit()
        raise access_refused("Invalid token - token expired - check validuntil time for the token")
    if row["iprestriction"] and not is_in_subnets(client_ip, row["iprestriction"]):
        raise access_refused(f"Invalid service - IP:{client_ip} is not supported - check this allowed user")
    check_account(site, site.users[row["userid"]])
    if not Actor(site, row["userid"]).can("webservice/rest:use", site.system):
        raise access_refused(
            "You are not allowed to use the {$a} protocol (missing capability: webservice/rest:use)"
        )
    return row


def check_account(site: Site, user: Row) -> None:
    """Raise what Moodle raises for an account that may not call web services now."""
    if site.settings["maintenance_enabled"] == "1" and not may_work_in_maintenance(site, user):
        raise maintenance()
    for state, refused in (
        ("deleted", user["deleted"]),
        ("unconfirmed", not user["confirmed"]),
        ("suspended", user["suspended"]),
        ("nologin", user["auth"] == "nologin"),
    ):
        if refused:
            what = "nologin authentication" if state == "nologin" else state
            text = f"Refused web service access for {what} username: {user['username']}"
            raise moodle_error(f"wsaccessuser{state}", text)


def maintenance() -> MoodleError:
    """Give Moodle's answer while the site is in maintenance."""
    return moodle_error(
        "sitemaintenance", "The site is undergoing maintenance and is currently not available"
    )


def may_work_in_maintenance(site: Site, user: Row) -> bool:
    """Say whether a user may use the site while it is in maintenance."""
    return Actor(site, user["id"]).can("moodle/site:maintenanceaccess", site.system)


def check_function(site: Site, actor: Actor, token: Row, function: str, client_ip: str) -> None:
    """Raise unless the function exists and the token's service offers it to this user, from this address."""
    if not function:
        raise invalid_parameter("Missing function name")
    if function not in site.functions and not exists(function):
        query = shown_query("SELECT * FROM {external_functions} WHERE name = ?", function)
        raise MissingRecord("external_functions", query)
    service = site.services[token["externalserviceid"]]
    listed = function in service.get("functions", ())
    # One error for all of it; only debug mode lists what it may have been (function-not-in-service-debug).
    if not (listed and service["enabled"] and _may_use(service, actor, client_ip)):
        raise access_refused(REASONS.format(function=function))


def _may_use(service: Row, actor: Actor, client_ip: str) -> bool:
    """Say whether a service is open to a user.

    NOTE: Moodle reads "valid until" the wrong way round: a date in the future is refused
    (token-listed-until-future), one in the past accepted (token-listed-until-past).
    """
    capability = service["requiredcapability"]
    if capability and not actor.can(capability, actor.site.system):
        return False
    if not service["restrictedusers"]:
        return True
    for row in service["users"]:
        if row["userid"] == actor.id and (row["validuntil"] is None or row["validuntil"] < time.time()):
            return not row["iprestriction"] or is_in_subnets(client_ip, row["iprestriction"])
    return False


_BREAK = "\n" + 21 * " "
REASONS = _BREAK.join(
    (
        "Access to the function {function}() is not allowed.",
        "There could be multiple reasons for this:",
        "1. The service linked to the user token does not contain the function.",
        "2. The service is user-restricted and the user is not listed.",
        "3. The service is IP-restricted and the user IP is not listed.",
        "4. The service is time-restricted and the time has expired.",
        "5. The token is time-restricted and the time has expired.",
        "6. The service requires a specific capability which the user does not have.",
        "7. The function is called with username/password (no user token is sent)",
        "and none of the services has the function to allow the user.",
        "These settings can be found in Administration > Site administration",
        "> Server > Web services > External services and Manage tokens.",
    )
)
"""What debug mode says of a refused function, whatever the reason was: line breaks and all as recorded."""


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
