"""Where the value of a flag comes from: command line, environment, profile or default, in this order."""

import functools
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import click
from click.core import ParameterSource

from batchroles.errors import InputError

if TYPE_CHECKING:
    from batchroles.config import Configuration, Profile

PREFIX = "BATCHROLES_"
SHOWS_FLAGS = "config"
"""The command that takes every flag and heeds none."""
WORDS_OF_CONFIG = ("list", "get", "set", "unset", "default", "rename", "remove")
"""What may stand behind that command: each is a command itself, and heeds its own flags."""
SECRETS = ("ping_url",)
"""The flags with values that are never shown."""


@runtime_checkable
class Begins(Protocol):
    """Whoever is told of a command before it begins."""

    def begin(self, ctx: click.Context, said: Mapping[str, Any]) -> None:
        """Take note of it. Raises InputError for a flag that cannot be used."""


def long_name(option: click.Parameter) -> str:
    """Give a flag's name without dashes, `chunk-size`: its key in a profile; empty for an argument."""
    return next((text[2:] for text in option.opts if text.startswith("--")), "")


def prepare(command: click.Command) -> click.Command:
    """Give every flag of a command its environment variable, and every complaint about a setting its origin.

    `--chunk-size` can be set by BATCHROLES_CHUNK_SIZE, whichever command it belongs to.
    """
    for option in _options(command):
        names = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
        own = PREFIX + _variable_part(option).upper().replace("-", "_")
        option.envvar = [*names, *([] if own in names else [own])]
    if command.callback is not None:
        command.callback = _telling_origins(command.callback)
    return command


def _variable_part(option: click.Option) -> str:
    # A practice site's file is no profile, though its flag has the same name; nor is a sync's name a profile's.
    own = long_name(option) in ("site", "name", "state") or _is_for_once(option)
    return str(option.name) if own else long_name(option)


def _is_for_once(option: click.Parameter) -> bool:
    """Whether a flag narrows what its command does this time, though one of another command has the same name."""
    return bool(getattr(option, "once", False))


def _options(command: click.Command) -> Iterator[click.Option]:
    return (param for param in command.params if isinstance(param, click.Option) and long_name(param))


def _telling_origins(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Begin the watch of a command, and add to a complaint about a flag that nobody typed where it was set."""

    @functools.wraps(callback)
    def call(*args: Any, **values: Any) -> Any:
        ctx = click.get_current_context()
        try:
            _refuse_what_is_no_text(ctx)
            if isinstance(ctx.obj, Begins) and ctx.info_name != SHOWS_FLAGS:
                ctx.obj.begin(ctx, ctx.params)
            return callback(*args, **values)
        except InputError as error:
            error.args = (_with_origins(str(error), ctx),)
            raise

    return call


def _refuse_what_is_no_text(ctx: click.Context) -> None:
    """Raise InputError for bytes that are no text in a flag that names no file: nobody could look such a word up."""
    for option in _options(ctx.command):
        said = ctx.params.get(str(option.name))
        if not isinstance(option.type, click.Path) and not is_text(said):
            shown = "its value" if option.name in SECRETS else said
            raise InputError(f"--{long_name(option)}: {shown} is not written in UTF-8, as names have to be.")


def is_text(said: object) -> bool:
    """Whether words of the command line are written in UTF-8."""
    if isinstance(said, tuple | list):
        return all(map(is_text, said))
    # Bytes of the command line that are no UTF-8 arrive as half characters (PEP 383).
    return not isinstance(said, str) or said.isascii() or said.encode(errors="replace").decode() == said


def _with_origins(sentence: str, ctx: click.Context) -> str:
    words = {word.strip("\"'(),:;.") for word in sentence.split()}
    named = [option for option in _options(ctx.command) if f"--{long_name(option)}" in words]
    told = [
        f"--{long_name(option)} is set by {origin(ctx, option)}." for option in named if _untyped(ctx, option)
    ]
    return " ".join([f"{sentence.rstrip('.')}.", *told]) if told else sentence


def _untyped(ctx: click.Context, option: click.Parameter) -> bool:
    source = ctx.get_parameter_source(option.name or "")
    return source in (ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)


def origin(ctx: click.Context, option: click.Parameter) -> str:
    """Say where a flag's value comes from."""
    source = ctx.get_parameter_source(option.name or "")
    if source is ParameterSource.ENVIRONMENT:
        names = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
        return f"the environment variable {next(name for name in names if os.environ.get(name))}"
    if source is ParameterSource.DEFAULT_MAP:
        profile = used_profile(ctx)
        return f"{long_name(option)} in {profile.origin}" if profile else "a profile"
    return "the command line" if source is ParameterSource.COMMANDLINE else "default"


def completed(error: click.UsageError) -> click.UsageError:
    """Complete click's complaint about a value: where it was set, and which values would do."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return error
    ctx, param = error.ctx, error.param
    said = [f"set by {origin(ctx, param)}"] if _untyped(ctx, param) else []
    said += [f"write {would}"] if (would := would_do(param.type)) else []
    if not said:
        return error
    # click lists every spelling of true and false; two will do.
    bare = error.message.partition(" Recognized values")[0].rstrip(".")
    message = f"{bare} ({'; '.join(said)})."
    return click.BadParameter(message, ctx, param, error.param_hint)


def would_do(kind: click.ParamType[Any]) -> str:
    """Say which values a flag takes, where click's own complaint does not."""
    if isinstance(kind, click.IntRange | click.FloatRange):
        what = "a whole number" if isinstance(kind, click.IntRange) else "a number"
        over = f"over {kind.min}" if kind.min_open else f"from {kind.min}"
        return f"{what} {over}{'' if kind.max is None else f' to {kind.max}'}"
    return "true or false" if isinstance(kind, click.types.BoolParamType) else ""


def used_profile(ctx: click.Context) -> "Profile | None":
    """Give the profile that a command uses; None for a command that speaks to no site."""
    return ctx.params.get("site")


def choose_profile(ctx: click.Context, _param: click.Parameter, name: str | None) -> "Profile | None":
    """Find the profile that --site names, and let the command's flags take their values from it.

    Without --site it is the file's default one, but not where flag or environment name another address: a profile's
    settings belong to its site.
    """
    # While the shell completes a line, a configuration file that cannot be read is nobody's matter.
    if ctx.resilient_parsing:
        return None
    from batchroles.config import read_configuration

    configuration = read_configuration()
    profile = _chosen(ctx, configuration, name)
    # click looks here for what neither line nor environment gives: --site and --url are eager, all others come later.
    ctx.default_map = dict(_defaults(ctx, profile))
    return profile


def _chosen(ctx: click.Context, configuration: "Configuration", name: str | None) -> "Profile":
    if name is not None:
        return configuration.profile(name)
    if configuration.default is None or _address_given(ctx):
        return configuration.nothing()
    return configuration.profile(configuration.default)


def _address_given(ctx: click.Context) -> bool:
    """Whether the command line or the environment names an address; --url is eager, so it is known by now."""
    url = next((param for param in ctx.command.params if param.name == "url"), None)
    return bool(ctx.params.get("url") or (url is not None and url.resolve_envvar_value(ctx)))


def _defaults(ctx: click.Context, profile: "Profile") -> Iterator[tuple[str, Any]]:
    """Yield this command's parameters and their values in the profile, as click takes them."""
    if not profile.settings:
        return
    mine = {long_name(option): option for option in _options(ctx.command) if not _is_for_once(option)}
    every = flags_of_profiles(ctx)
    for key, value in profile.settings.items():
        if key not in every:
            raise InputError(_unknown_key(key, profile.origin, every))
        if key in mine:
            yield str(mine[key].name), _as_typed(value, mine[key], profile)


def flags_of_profiles(ctx: click.Context) -> dict[str, click.Option]:
    """Give the flags of every command that speaks to a site, by their keys: a profile serves them all."""
    group = ctx.find_root().command
    commands = [ctx.command]
    if isinstance(group, click.Group):
        found = [group.get_command(ctx, name) for name in group.list_commands(ctx)]
        commands += [
            one for one in found if one is not None and any(param.name == "site" for param in one.params)
        ]
    every = (option for one in commands for option in _options(one))
    flags = {long_name(option): option for option in every if not _is_for_once(option)}
    return {key: flags[key] for key in sorted(flags) if key != "site"}


def _unknown_key(key: str, where: str, every: Collection[str]) -> str:
    """Say that a key of a profile is none, with the nearest that is one, or all."""
    from difflib import get_close_matches

    near = get_close_matches(key.replace("_", "-"), every, 1)
    listed = f"the keys are the flags without their dashes: {', '.join(every)}."
    return f"{where} has an unknown key, {key}; {f'did you mean {near[0]}?' if near else listed}"


def _as_typed(value: object, option: click.Option, profile: "Profile") -> Any:
    """Turn a value of TOML into what would have been typed; click checks it as it checks what is typed."""
    many = isinstance(value, list)
    texts = value if isinstance(value, list) else [value]
    if (many and not option.multiple) or not all(isinstance(one, str | int | float) for one in texts):
        raise InputError(
            f"{long_name(option)} in {profile.origin} is {_shown(value)}: write one value, text in quotes."
        )
    typed = [_shown(one) for one in texts]
    if any("\0" in one for one in typed):
        raise InputError(f"{long_name(option)} in {profile.origin} has a null character: leave it out.")
    return typed if option.multiple else typed[0]


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def role_words(
    ctx: click.Context, _param: click.Parameter, typed: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Put the words of the [roles] tables before those of --role-map, which count more."""
    profile = used_profile(ctx)
    words: Mapping[str, str] = profile.roles if profile else {}
    return (*words.items(), *typed)


def columns(typed: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Give what the command in hand says of columns: of this file's, which have to be there, and of the site's.

    Raises InputError for what a profile says and no column can mean.
    """
    from batchroles.loader.layouts.meanings import refuse_no_meanings

    ctx = click.get_current_context()
    profile = used_profile(ctx)
    of_the_site: dict[str, str] = dict(profile.columns) if profile else {}
    if profile and of_the_site:
        refuse_no_meanings(of_the_site, f"[columns] of {profile.path}")
    if ctx.get_parameter_source("column_map") is not ParameterSource.DEFAULT_MAP:
        return dict(typed), of_the_site
    # A profile serves many files: what it maps is not in each of them.
    return {}, {**of_the_site, **dict(typed)}


def complete_site(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the profiles' names to the shell."""
    from batchroles.config import read_configuration

    try:
        return [name for name in read_configuration().profiles if name.startswith(incomplete)]
    except InputError:
        return []
