"""Names to ids: a file's distinct users, roles and contexts, looked up with as few calls as can be."""

from batchroles.resolver.resolving import Resolution, ResolveOptions, resolve
from batchroles.resolver.role_words import KnownRole, RoleList
from batchroles.resolver.roles import known_roles

__all__ = ["KnownRole", "Resolution", "ResolveOptions", "RoleList", "known_roles", "resolve"]
