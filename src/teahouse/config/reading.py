"""Owns the reading of settings: merges flags, environment and file, converts, checks, derives.

Every mistake found is kept and told at once, each with what to write instead. Reads one file and the mapping
it is given; never touches the network, the database or the process environment.
"""

import dataclasses
import difflib
import re
import tomllib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from teahouse.config.settings import Config, DatabaseUrl, Range, Secret, StoreUrl

ENV_PREFIX = "TEAHOUSE_"
# Shorter spellings of the settings that people reach for in a shell.
ENV_SHORT = {
    "TEAHOUSE_HOST": "listen.host",
    "TEAHOUSE_PORT": "listen.port",
    "TEAHOUSE_REGISTRATION": "registration.mode",
    "TEAHOUSE_DEFAULT_ROOM_VERSION": "rooms.default_version",
}
# The options of `teahouse serve`; all other settings have none.
FLAGS = {
    "data": "--data",
    "listen.host": "--host",
    "listen.port": "--port",
    "server_name": "--server-name",
    "database": "--database",
    "media.store": "--media",
    "registration.mode": "--registration",
    "registration.shared_secret": "--registration-shared-secret",
    "rooms.default_version": "--default-room-version",
    "rate_limits.enabled": "--no-rate-limits",
    "sign_in.test_password_grant": "--test-password-grant",
}
# Variables of our own tools that are not settings of the server.
ENV_NOT_SETTINGS = ("TEAHOUSE_CONFIG", "TEAHOUSE_TEST_", "TEAHOUSE_BENCH_")

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
_DNS_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SERVER_NAME = re.compile(rf"(?:{_DNS_LABEL}(?:\.{_DNS_LABEL})*|\[[0-9a-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?")


class ConfigError(Exception):
    """The settings hold mistakes; `mistakes` has one sentence for each, saying what to write instead."""

    def __init__(self, mistakes: list[str]):
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class _WrongValueError(Exception):
    """One value can't be taken; the message says what is wrong and what to write."""


def load(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Config:
    """Read all settings; `overrides` (flags) win over `environ` over `file`.

    Overrides go by dotted path; None means not given. Raises ConfigError with the mistakes of all three.
    """
    mistakes: list[str] = []
    given: dict[str, Any] = {}
    paths = setting_types()
    for path, label, raw in _entries(file, environ or {}, overrides or {}, mistakes):
        if path not in paths:
            mistakes.append(_unknown(path, label, list(paths)))
            continue
        try:
            given[path] = _convert(raw, paths[path])
        except _WrongValueError as wrong:
            mistakes.append(f"{label}: {wrong}")
    _derive(given, mistakes)
    if mistakes:
        raise ConfigError(mistakes)
    config: Config = _build(Config, "", given)
    return config


def setting_types() -> dict[str, Any]:
    """Give the declared type of every setting by its dotted path."""
    return dict(_leaves(Config, ""))


def env_names(path: str) -> list[str]:
    """Give the variables that set a path, the short spelling first."""
    short = [name for name, target in ENV_SHORT.items() if target == path]
    return [*short, ENV_PREFIX + path.upper().replace(".", "_")]


def _leaves(section: type, prefix: str) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(section, include_extras=True)
    for item in dataclasses.fields(section):
        hint = hints[item.name]
        if dataclasses.is_dataclass(hint):
            yield from _leaves(hint, f"{prefix}{item.name}.")  # type: ignore[arg-type]
        else:
            yield prefix + item.name, hint


def _entries(
    file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object], mistakes: list[str]
) -> Iterator[tuple[str, str, object]]:
    """Yield (path, where it was said, value), the weakest source first so that later ones win."""
    if file is not None:
        for path, value in _flatten(_toml(file, mistakes), ""):
            yield path, f"{path} in {file}", value
    by_env = {name: path for path in setting_types() for name in env_names(path)}
    # Long names first: a short spelling is what a person typed last.
    for name in sorted(environ, key=lambda name: name in ENV_SHORT):
        if name in by_env:
            yield by_env[name], name, environ[name]
        elif name.startswith(ENV_PREFIX) and not name.startswith(ENV_NOT_SETTINGS):
            mistakes.append(_unknown(name, f"{name} in the environment", list(by_env)))
    for path, value in overrides.items():
        if value is not None:
            yield path, FLAGS.get(path, path), value


def _toml(file: Path, mistakes: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        mistakes.append(f"{file}: no such file; `teahouse config sample > {file}` makes one")
    except (OSError, UnicodeDecodeError) as error:
        mistakes.append(f"{file}: can't be read ({error}); give a readable UTF-8 file")
    except tomllib.TOMLDecodeError as error:
        mistakes.append(f"{file}: not valid TOML ({error}); `teahouse config sample` shows the form")
    return {}


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _unknown(path: str, label: str, known: list[str]) -> str:
    sections = sorted({name.split(".")[0] for name in known if name.startswith(f"{path}.")})
    if sections:
        return f"{label}: this is a section; write [{path}] and the settings below it"
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
    tip = f"did you mean {near[0]}?" if near else "`teahouse config sample` lists all settings"
    return f"{label}: there is no such setting; {tip}"


def _convert(raw: object, hint: Any) -> object:
    if get_origin(hint) is Annotated:
        kind, limits = get_args(hint)
        number = _number(raw, kind, limits)
        if not limits.lowest <= number <= limits.highest:
            raise _WrongValueError(f"{raw!r} is out of range; write {_span(kind, limits)}")
        return number
    if get_origin(hint) in (Union, types.UnionType):
        return _convert(raw, next(part for part in get_args(hint) if part is not type(None)))
    if hint is bool:
        return _boolean(raw)
    # A room version written as a bare number in TOML is clear enough.
    if get_origin(hint) is Literal:
        text = str(raw)
        if text not in get_args(hint):
            raise _WrongValueError(
                f"{text!r} is not one of the choices; write one of {', '.join(get_args(hint))}"
            )
        return text
    if not isinstance(raw, str | Path) or str(raw).strip() == "":
        example = "a text in quotation marks" if not isinstance(raw, str) else "a text that is not empty"
        raise _WrongValueError(
            f"{'***' if hint is Secret else repr(raw)} is not usable here; write {example}"
        )
    return Path(raw).expanduser().absolute() if hint is Path else hint(str(raw))


def _number(raw: object, kind: type, limits: Range) -> float:
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError
        number: float = kind(raw)
        if not isinstance(raw, str) and number != raw:
            raise ValueError
    except (ValueError, OverflowError):
        what = "a whole number" if kind is int else "a number"
        raise _WrongValueError(f"{raw!r} is not {what}; write {_span(kind, limits)}") from None
    return number


def _span(kind: type, limits: Range) -> str:
    what = "a whole number" if kind is int else "a number"
    return f"{what} from {limits.lowest:g} to {limits.highest:.12g}"


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    text = raw.strip().lower() if isinstance(raw, str) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise _WrongValueError(f"{raw!r} is neither yes nor no; write true or false")


def _derive(given: dict[str, Any], mistakes: list[str]) -> None:
    """Fill in the defaults that depend on other settings, and check what needs more than one type's look."""
    listen = _build(Config, "", {k: v for k, v in given.items() if k.startswith("listen.")}).listen
    given.setdefault("data", Path("teahouse-data").absolute())
    given.setdefault("database", DatabaseUrl(f"sqlite://{given['data'] / 'teahouse.db'}"))
    given.setdefault("media.store", StoreUrl(f"file://{given['data'] / 'media'}"))
    given.setdefault("registration.mode", "open" if listen.is_loopback else "token")
    if "server_name" not in given and not listen.is_loopback:
        mistakes.append(
            f"server_name: it must be given when listening on {listen.host}, which others can reach; "
            "write the domain that user ids shall end with, such as --server-name example.org"
        )
    _check_sign_in(given, mistakes, others_can_reach=not listen.is_loopback)
    name = given.setdefault("server_name", "localhost")
    host = f"[{listen.host}]" if ":" in listen.host else listen.host
    given.setdefault(
        "public_url", f"http://{host}:{listen.port}" if listen.is_loopback else f"https://{name}"
    )
    given["public_url"] = given["public_url"].rstrip("/")
    if not _SERVER_NAME.fullmatch(name) or len(name) > 230:
        mistakes.append(
            f"server_name: {name!r} is not a server name; write a domain in lower case with an optional "
            "port, such as example.org or example.org:8448, without https://"
        )
    if not re.fullmatch(r"https?://[^/?#\s@]+(?:/[^?#\s]*)?", given["public_url"]):
        mistakes.append(
            f"public_url: {given['public_url']!r} is not a web address; write one like https://example.org"
        )
    if not re.fullmatch(r"sqlite:///.+|postgresql://[^/\s]*/[^/\s]+", given["database"]):
        mistakes.append(
            f"database: {given['database'].shown!r} is not a database address; write "
            "sqlite:///absolute/path.db or postgresql://user:password@host:5432/name"
        )
    if not re.fullmatch(r"file:///.+|s3://[a-z0-9][a-z0-9.\-]{1,62}(?:/[^?#\s]*)?", given["media.store"]):
        mistakes.append(
            f"media.store: {str(given['media.store'])!r} is not a store of media; write "
            "file:///absolute/folder or s3://bucket/prefix"
        )


def _check_sign_in(given: dict[str, Any], mistakes: list[str], *, others_can_reach: bool) -> None:
    if others_can_reach and given.get("sign_in.test_password_grant"):
        mistakes.append(
            "sign_in.test_password_grant: it is for test suites and works on a loopback address only; leave it out"
        )
    issuer = given.get("upstream.issuer") or ""
    if issuer and not re.fullmatch(
        r"https://[^/?#\s@]+[^?#\s]*|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^?#\s]*)?", issuer
    ):
        mistakes.append(
            f"upstream.issuer: {issuer!r} is not an issuer; write one like https://id.example.org"
        )


def _build(section: Any, prefix: str, given: Mapping[str, Any]) -> Any:
    """Make a section from the values given, keeping its own defaults for the rest."""
    return _fill(section(), prefix, given)


def _fill(section: Any, prefix: str, given: Mapping[str, Any]) -> Any:
    changes: dict[str, Any] = {}
    for item in dataclasses.fields(section):
        path, value = prefix + item.name, getattr(section, item.name)
        if dataclasses.is_dataclass(value):
            changes[item.name] = _fill(value, f"{path}.", given)
        elif path in given:
            changes[item.name] = given[path]
    return dataclasses.replace(section, **changes)
