"""The function that every client calls first."""

import hashlib
from typing import Any

from batchroles.sandbox.access.actor import Call
from batchroles.sandbox.access.profiles import full_name
from batchroles.sandbox.site.known_functions import installed_order
from batchroles.sandbox.site.tables import Row

FEATURES = {
    "usecomments": 1,
    "usetags": 1,
    "enablenotes": 1,
    "messaging": 1,
    "enableblogs": 1,
    "enablecompletion": 1,
    "enablebadges": 1,
    "messagingallusers": 0,
    "enablecustomreports": 1,
    "enableglobalsearch": 0,
    "mnet_dispatcher_mode": 0,
}
"""The advanced features of a fresh Moodle; `Release.advanced_features` adds to them."""


def get_site_info(call: Call, _params: dict[str, Any]) -> Row:
    """Describe the site, the token's user and the functions of the token's service."""
    site, user = call.site, call.actor.user
    features = FEATURES | dict.fromkeys(site.release.advanced_features, 1)
    unlimited = call.actor.can("moodle/course:ignorefilesizelimits", site.system)
    return {
        "sitename": call.name(site.info["fullname"]),
        "username": user["username"],
        "firstname": user["firstname"],
        "lastname": user["lastname"],
        "fullname": full_name(user),
        "lang": site.settings["lang"],
        "userid": user["id"],
        "siteurl": call.wwwroot,
        "userpictureurl": call.image("f1"),
        "functions": _functions(call),
        "downloadfiles": call.service.get("downloadfiles", 0),
        "uploadfiles": call.service.get("uploadfiles", 0),
        "release": site.versions["moodle_release"],
        "version": site.versions["moodle_version"],
        "mobilecssurl": "",
        "advancedfeatures": [
            {"name": name, "value": int(site.settings.get(name, value))} for name, value in features.items()
        ],
        "usercanmanageownfiles": True,
        "userquota": 0 if call.actor.can("moodle/user:ignoreuserquota", site.system) else 104857600,
        "usermaxuploadfilesize": -1 if unlimited else 2097152,
        "userhomepage": 1,
        "userprivateaccesskey": hashlib.sha256(user["username"].encode()).hexdigest()[:32],
        "siteid": site.info["siteid"],
        "sitecalendartype": "gregorian",
        "usercalendartype": "gregorian",
        "userissiteadmin": call.actor.is_admin,
        "theme": site.settings["theme"],
        "limitconcurrentlogins": 0,
        "policyagreed": user.get("policyagreed", 0),
    }


def _functions(call: Call) -> list[Row]:
    known, names = call.site.functions, call.service.get("functions", [])
    if call.site.release.sorts_services:
        names = installed_order(names)
    return [{"name": name, "version": known[name]["version_reported"]} for name in names if name in known]


def get_config(call: Call, params: dict[str, Any]) -> Row:
    """Tell the settings of a section of the site's administration: of all sections only that of the time zone.

    NOTE: not recorded, but taken from what `get_config` in admin/tool/mobile/classes/api.php gives; a service has the
    function only where a site file says so.
    """
    settings = call.site.settings
    found = {"timezone": settings["timezone"], "forcetimezone": "99"}
    rows = [{"name": name, "value": value} for name, value in found.items()]
    return {"settings": rows if params["section"] in ("", "locationsettings") else [], "warnings": []}
