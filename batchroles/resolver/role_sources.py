"""Where role ids come from, beside the roles of enrolled users: the role map, and the plugin that lists roles."""

from collections.abc import Iterable, Iterator

from batchroles.client import Moodle, functions
from batchroles.errors import CallRefused, SiteRefusal
from batchroles.models.ids import is_id
from batchroles.resolver.role_words import KnownRole, RoleMap, role_of, shown_name
from batchroles.resolver.service import NOT_IN_SERVICE, Service, records


def from_map(role_map: RoleMap) -> list[KnownRole]:
    """Give the roles whose ids the role map tells."""
    return [
        KnownRole(int(target), word, shown_name(word, ""), "--role-map")
        for word, target in role_map.items()
        if is_id(str(target))
    ]


def from_plugin(moodle: Moodle, service: Service) -> list[KnownRole] | None:
    """Give all roles of the site from `local_wsgetroles_get_roles`; None where it cannot be called."""
    if not service.may_have(functions.GET_ROLES):
        return None
    try:
        answer = moodle.call(functions.GET_ROLES)
    except CallRefused:
        return None
    except SiteRefusal as refusal:
        if refusal.errorcode not in NOT_IN_SERVICE:
            raise
        return None
    return [
        role_of(record["id"], record, "local_wsgetroles") for record in records(answer) if record.get("id")
    ]


def distinct(roles: Iterable[KnownRole]) -> Iterator[KnownRole]:
    """Yield each short name once, as it is known first."""
    seen: set[str] = set()
    for role in roles:
        if role.shortname not in seen:
            seen.add(role.shortname)
            yield role
