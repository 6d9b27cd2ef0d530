"""The configuration file with its profiles, and the places where a token may be kept."""

from batchroles.config.editing import (
    content_of,
    make_default,
    remove_profile,
    rename_profile,
    set_key,
    unset_key,
)
from batchroles.config.profiles import (
    CONFIG_VARIABLE,
    Configuration,
    Profile,
    config_file,
    read_configuration,
)
from batchroles.config.store import new_profile
from batchroles.config.tokens import (
    KEYRING_SERVICE,
    Token,
    TokenSources,
    find_token,
    forget_in_keyring,
    keep_in_keyring,
)

__all__ = [
    "CONFIG_VARIABLE",
    "KEYRING_SERVICE",
    "Configuration",
    "Profile",
    "Token",
    "TokenSources",
    "config_file",
    "content_of",
    "find_token",
    "forget_in_keyring",
    "keep_in_keyring",
    "make_default",
    "new_profile",
    "read_configuration",
    "remove_profile",
    "rename_profile",
    "set_key",
    "unset_key",
]
