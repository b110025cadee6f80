"""Every sentence of the pages, in every language: one file each, all with the same names."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from teahouse.kernel.http import LANGUAGES, choose_language

__all__ = ["LANGUAGES", "TEXTS", "Words", "choose_language"]

TEXTS: Mapping[str, Mapping[str, str]] = {
    language: tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}


class Words:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = TEXTS[language]

    def __call__(self, name: str, **values: object) -> str:
        """Give a sentence with its `{values}` filled in."""
        text = self._texts[name]
        return text.format(**values) if values else text

    def ago(self, ms: int) -> str:
        """Say how long ago something was."""
        minutes = max(0, ms) // 60_000
        if minutes < 2:
            return self("just_now")
        if minutes < 120:
            return self("minutes_ago", n=minutes)
        if minutes < 48 * 60:
            return self("hours_ago", n=minutes // 60)
        return self("days_ago", n=minutes // (24 * 60))
