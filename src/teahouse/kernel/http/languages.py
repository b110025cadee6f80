"""The languages of the server's own pages, and which of them a reader gets. Pure."""

LANGUAGES = ("en", "zh")


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
