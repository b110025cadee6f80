"""Every sentence of the public pages, in every language: one file each, all with the same names."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files

from teahouse.kernel.http import LANGUAGES

TEXTS: Mapping[str, Mapping[str, str]] = {
    language: tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Words:
    """The sentences of one language, and its dates."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = TEXTS[language]

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Give a sentence with its `{values}` filled in."""
        return self._texts[sentence].format(**values)

    def day(self, wire: str) -> str:
        """Give the day of a moment as it came over the wire."""
        day = datetime.fromisoformat(wire)
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def moment(self, wire: str) -> str:
        """Give a moment as it came over the wire, in UTC."""
        return f"{self.day(wire)} {datetime.fromisoformat(wire):%H:%M} UTC"

    def number(self, count: int) -> str:
        """Give a number with its thousands apart."""
        return f"{count:,}"
