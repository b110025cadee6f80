"""Every sentence of the pages, in every language: one file each, all with the same names."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

LANGUAGES = ("en", "zh")
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


def choose_language(asked: str, remembered: str, accepted: str) -> str:
    """Choose by what the reader asked for, chose before, or has the browser set to; English else."""
    ranked = []
    for place, part in enumerate(accepted.split(",")):
        name, _, quality = part.strip().partition(";")
        ranked.append((-_quality(quality), place, name))
    for name in (asked, remembered, *(name for quality, _, name in sorted(ranked) if quality < 0)):
        language = name.lower().replace("_", "-").partition("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def _quality(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
