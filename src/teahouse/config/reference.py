"""Owns how the settings are told to people: the sample file, and the list for the reference page."""

import ast
import dataclasses
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from teahouse.config.reading import FLAGS, env_names
from teahouse.config.settings import Config, RateLimit

# Defaults that follow from other settings, in the words of the sample file.
_DERIVED = {
    "server_name": '"example.org"',
    "public_url": '"https://example.org"',
    "data": '"teahouse-data"',
    "database": '"postgresql://teahouse:password@127.0.0.1:5432/teahouse"',
    "registration.mode": '"token"',
    "upstream.issuer": '"https://id.example.org"',
    "upstream.client_secret": '"what the provider gave you"',
    "registration.shared_secret": '"a long random text"',
    "instance.contact_email": '"operators@example.org"',
    "instance.rules": '"Be kind."',
    "instance.extended_description": '"How we came together."',
    "instance.privacy_policy": '"What you write is kept until you delete it."',
    "instance.terms_of_service": '"Be sixteen or older."',
    "media.store": '"file:///var/lib/teahouse/media"',
    "media.s3_endpoint": '"https://minio.example.org:9000"',
    "media.s3_access_key": '"teahouse"',
    "media.s3_secret_key": '"a long random text"',
}


@dataclasses.dataclass(frozen=True)
class Setting:
    """One setting as the documentation shows it; `default` is TOML, None when derived or absent."""

    path: str
    kind: str
    default: str | None
    example: str
    doc: str
    env: tuple[str, ...]
    flag: str | None = None


def describe() -> list[tuple[str, str, list[Setting]]]:
    """Give every section as (name, docstring, settings), the top level first under the name ""."""
    sections: dict[str, tuple[str, list[Setting]]] = {}
    for section, doc, setting in _walk(Config(), ""):
        sections.setdefault(section, (doc, []))[1].append(setting)
    return [(name, doc, settings) for name, (doc, settings) in sections.items()]


def sample_toml() -> str:
    """Write a TOML file that says every setting, commented out, with its documentation."""
    lines = [
        "# Settings of a Teahouse server. Every line that is commented out shows the default or an example."
    ]
    for name, doc, settings in describe():
        lines += ["", f"# {doc}"] if name else [""]
        if name:
            lines.append(f"[{name}]")
        for setting in settings:
            key = setting.path.removeprefix(f"{name}.") if name else setting.path
            lines += ["", *textwrap.wrap(setting.doc, 100, initial_indent="# ", subsequent_indent="# ")]
            lines.append(f"# {key} = {setting.example}")
    return "\n".join(lines) + "\n"


def _walk(section: Any, prefix: str) -> Iterator[tuple[str, str, Setting]]:
    docs = field_docs(type(section))
    hints = get_type_hints(type(section), include_extras=True)
    for item in dataclasses.fields(section):
        path, value = prefix + item.name, getattr(section, item.name)
        if isinstance(value, RateLimit):
            # A limit reads best as one line, not as a section of its own.
            toml = f"{{ per_second = {value.per_second:g}, burst = {value.burst} }}"
            env = tuple(name for part in ("per_second", "burst") for name in env_names(f"{path}.{part}"))
            yield prefix.rstrip("."), _doc(section), Setting(path, "limit", toml, toml, docs[item.name], env)
        elif dataclasses.is_dataclass(value):
            yield from _walk(value, f"{path}.")
        else:
            default = None if path in _DERIVED else _toml_value(value)
            shown = Setting(
                path,
                _kind(hints[item.name]),
                default,
                default or _DERIVED[path],
                docs[item.name],
                tuple(env_names(path)),
                FLAGS.get(path),
            )
            yield prefix.rstrip("."), _doc(section), shown


def field_docs(section: type) -> dict[str, str]:
    """Give the docstring under each field of a section, whitespace folded; fields without one are absent."""
    body = ast.parse(textwrap.dedent(inspect.getsource(section))).body[0]
    docs: dict[str, str] = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for before, after in itertools.pairwise(statements):
        match before, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(doc))):
                docs[name] = " ".join(doc.split())
    return docs


def _doc(section: object) -> str:
    return (type(section).__doc__ or "").strip()


def _kind(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(hint))
    if get_origin(hint) is Annotated:
        kind, limits = get_args(hint)
        name = "whole number" if kind is int else "number"
        return f"{name}, {limits.lowest:g} to {limits.highest:.12g}"
    if hint is bool:
        return "true or false"
    return "folder" if hint is Path else "text"


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        f"{value:g}" if isinstance(value, float) else f'"{value}"' if isinstance(value, str) else str(value)
    )
