"""Where the configuration file is, and that nobody else may read it."""

import os
import stat
from pathlib import Path

from batchroles.errors import InputError

CONFIG_VARIABLE = "BATCHROLES_CONFIG"
"""The environment variable that names another file."""


def config_file() -> Path:
    """Give the path of the configuration file, whether it exists or not."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("batchroles", appauthor=False) / "config.toml"


def refuse_if_others_can_read(path: Path) -> None:
    """Raise InputError where the file's mode lets others read it; Windows has no such mode, and is left alone."""
    mode = path.stat().st_mode
    # What is no file (a pipe, a terminal) holds nothing that could be read twice.
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            f"{path} may hold a token, and others on this machine can read it: chmod 600 {path}."
        )
