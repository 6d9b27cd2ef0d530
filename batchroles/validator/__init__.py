"""Lines in names → lines in ids, and whether they make sense: here, and asked of the site before anything is sent."""

from batchroles.models.references import RoleMap
from batchroles.validator.already import leave_out_what_is_so
from batchroles.validator.probe import probe
from batchroles.validator.repeats import validate
from batchroles.validator.resolving import Memory, Resolution, look_up, resolve
from batchroles.validator.role_words import KnownRole, RoleList
from batchroles.validator.roles import known_roles

__all__ = [
    "KnownRole",
    "Memory",
    "Resolution",
    "RoleList",
    "RoleMap",
    "known_roles",
    "leave_out_what_is_so",
    "look_up",
    "probe",
    "resolve",
    "validate",
]
