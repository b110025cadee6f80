"""The one typed tree of settings: what it holds, where it is read from, how it is told to people.

Settings come from, strongest first: command line flags, `TEAHOUSE_*` variables, a TOML file, the defaults.
`load` reads them all and reports every mistake at once; what it returns is frozen and complete (derived
defaults are filled in). The reference page and the sample file are made from the same tree.

    settings.py    the tree: a frozen dataclass a section, a docstring a field
    reading.py     reads, converts and checks; derives what was left out
    reference.py   the sample TOML file and the list for the documentation

Refused here: knowing what any setting does. Secrets never show in a `repr`.
"""

from teahouse.config.reading import ConfigError, load
from teahouse.config.reference import Setting, describe, sample_toml
from teahouse.config.settings import (
    Config,
    DatabaseUrl,
    EndToEnd,
    Instance,
    Limits,
    Listen,
    Log,
    Media,
    Metrics,
    Presence,
    Push,
    RateLimit,
    RateLimits,
    Registration,
    RegistrationMode,
    Rooms,
    RoomVersion,
    Secret,
    SignIn,
    StoreUrl,
    Trends,
    Upstream,
)

__all__ = [
    "Config",
    "ConfigError",
    "DatabaseUrl",
    "EndToEnd",
    "Instance",
    "Limits",
    "Listen",
    "Log",
    "Media",
    "Metrics",
    "Presence",
    "Push",
    "RateLimit",
    "RateLimits",
    "Registration",
    "RegistrationMode",
    "RoomVersion",
    "Rooms",
    "Secret",
    "Setting",
    "SignIn",
    "StoreUrl",
    "Trends",
    "Upstream",
    "describe",
    "load",
    "sample_toml",
]
