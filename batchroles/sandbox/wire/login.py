"""The script that turns a user name and a password into a token."""

import hashlib
import time
from typing import Any

from batchroles.sandbox.access.actor import Actor
from batchroles.sandbox.access.tokens import is_in_subnets, maintenance, may_work_in_maintenance
from batchroles.sandbox.errors import MoodleError, moodle_error
from batchroles.sandbox.functions.clean import CLEANERS, clean_username
from batchroles.sandbox.php import text_of
from batchroles.sandbox.site.site import Site
from batchroles.sandbox.site.tables import Row
from batchroles.sandbox.wire.render import to_json
from batchroles.sandbox.wire.web import Answer, Request, Variables

MOBILE_SERVICE = "moodle_mobile_app"
KIND = "application/json; charset=utf-8"


def serve_login(site: Site, request: Request, variables: Variables) -> Answer:
    """Answer one request to `login/token.php`."""
    try:
        token = _token_for(site, request, variables.values)
    except MoodleError as error:
        return login_error(error)
    finally:
        site.journal.commit()
    private = token["privatetoken"] if request.wwwroot.startswith("https:") else None
    if token["userid"] in site.admins:  # login-admin
        private = None
    return Answer(to_json({"token": token["token"], "privatetoken": private}), content_type=KIND)


def login_error(error: MoodleError) -> Answer:
    """Give the answer that shows an exception; it has another shape than that of the REST server."""
    shown = {"error": error.message, "errorcode": error.errorcode}
    nothing = dict.fromkeys(("stacktrace", "debuginfo", "reproductionlink"))
    return Answer(to_json({**shown, **nothing}), content_type=KIND)


def _token_for(site: Site, request: Request, values: dict[Any, Any]) -> Row:
    if site.settings["enablewebservices"] != "1":
        raise moodle_error("enablewsdescription", "Web services must be enabled in Advanced features.")
    username = clean_username(_required(values, "username"))
    password = _required(values, "password")
    shortname = CLEANERS["alphanumext"](_required(values, "service"))
    user = _log_in(site, username, password)
    service = next((row for row in site.services.values() if row["shortname"] == shortname), None)
    if service is None or not service["enabled"]:
        text = "Web service is not available. (It doesn't exist or might be disabled.)"
        raise moodle_error("servicenotavailable", text)
    _check_listed(service, user, request.client_ip)
    usable = _usable_tokens(site, service, user, request.client_ip)
    return usable[-1] if usable else _new_token(site, service, user)


def _required(values: dict[Any, Any], name: str) -> str:
    if name not in values:
        raise moodle_error("missingparam", f"A required parameter ({name}) was missing")
    return text_of(values[name])


def _log_in(site: Site, username: str, password: str) -> Row:
    user = next(iter(site.users_by["username"].get(username, [])), None)
    # A suspended user looks like a wrong password (login-suspended).
    if user is None or not _may_log_in(user) or password != _password(site, user):
        raise moodle_error("invalidlogin", "Invalid login, please try again")
    if site.settings["maintenance_enabled"] == "1" and not may_work_in_maintenance(site, user):
        raise maintenance()
    if user["id"] == site.info["guest_userid"]:
        raise moodle_error("noguest", "Guests cannot do this")
    if not user["confirmed"]:
        raise moodle_error("usernotconfirmed", f"Could not confirm {user['username']}")
    return user


def _may_log_in(user: Row) -> bool:
    return not (user["deleted"] or user["suspended"] or user["auth"] == "nologin")


def _password(site: Site, user: Row) -> str:
    passwords = site.info["passwords"]
    return str(passwords.get(user["username"], passwords["every other user (manual accounts)"]))


def _check_listed(service: Row, user: Row, client_ip: str) -> None:
    """Raise unless the service is open to the user. Here, "valid until" is read the right way round."""
    if not service["restrictedusers"]:
        return
    row = next((row for row in service["users"] if row["userid"] == user["id"]), None)
    if row is None:
        text = (
            "The user is not allowed for this service. First you need to allow this user on the "
            f"{service['shortname']}'s allowed users administration page."
        )
        raise moodle_error("usernotallowed", text)
    if row["validuntil"] and row["validuntil"] < time.time():
        raise moodle_error("invalidtimedtoken", "Invalid token - token expired")
    if row["iprestriction"] and not is_in_subnets(client_ip, row["iprestriction"]):
        raise moodle_error("invalidiptoken", "Invalid token - your IP is not supported")


def _usable_tokens(site: Site, service: Row, user: Row, client_ip: str) -> list[Row]:
    """Give the user's tokens of a service, oldest first; expired ones are removed on the way."""
    usable = []
    for token in sorted(site.tokens.where("userid", user["id"]), key=lambda row: int(row["timecreated"])):
        if token["externalserviceid"] != service["id"] or token["tokentype"]:
            continue
        if token["validuntil"] and token["validuntil"] < time.time():
            site.tokens.remove(token)
        elif not token["iprestriction"] or is_in_subnets(client_ip, token["iprestriction"]):
            usable.append(token)
    return usable


def _new_token(site: Site, service: Row, user: Row) -> Row:
    actor = Actor(site, user["id"])
    mobile = service["shortname"] == MOBILE_SERVICE and actor.can(
        "moodle/webservice:createmobiletoken", site.system
    )
    if not mobile and (actor.is_admin or not actor.can("moodle/webservice:createtoken", site.system)):
        text = f"No permission to create web service token for the service {service['shortname']}."
        raise moodle_error("cannotcreatetoken", text)
    seed = f"{user['username']} {service['shortname']} {len(site.tokens.rows)}"
    secret = hashlib.sha256(seed.encode()).hexdigest()
    return site.tokens.add(
        {
            "token": secret[:32],
            "userid": user["id"],
            "username": user["username"],
            "service": service["shortname"],
            "externalserviceid": service["id"],
            "timecreated": int(time.time()),
            "validuntil": 0,
            "iprestriction": None,
            "privatetoken": secret,
            "tokentype": 0,
            "contextid": site.system.id,
        }
    )
