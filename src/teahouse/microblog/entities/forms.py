"""How values are written on the wire: ids, times, days. Pure."""

from datetime import date, timedelta
from functools import lru_cache

from teahouse.errors import InvalidParam, NotFound

LARGEST_ID = 2**63 - 1
_DAY_MS = 86_400_000


def wire_id(number: int | None) -> str | None:
    """Give an id as text; None stays None."""
    return None if number is None else str(number)


def parse_id(text: str | None) -> int:
    """Read an id from a request; raises NotFound for what can't be one."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > LARGEST_ID:
        raise NotFound("Record not found")
    return int(text)


def parse_ids(texts: list[str]) -> list[int]:
    """Read ids, leaving out what can't be one; each once, in the order they came."""
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 19]
    return list(dict.fromkeys(number for number in numbers if number <= LARGEST_ID))


def parse_ids_of(texts: list[str], most: int) -> list[int]:
    """Read ids as `parse_ids`; raises InvalidParam when more were sent than one answer gives."""
    if len(texts) > most:
        raise InvalidParam(f"At most {most} ids may be asked for at once")
    return parse_ids(texts)


def timestamp(ms: int) -> str:
    """Give a moment as every client can read it: UTC with exactly three decimals."""
    number, rest = divmod(ms, _DAY_MS)
    seconds, thousandths = divmod(rest, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{_day(number)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}Z"


def maybe_timestamp(ms: int | None) -> str | None:
    """Give a moment, or None."""
    return None if ms is None else timestamp(ms)


def day(ms: int) -> str:
    """Give the day of a moment, in UTC."""
    return _day(ms // _DAY_MS)


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    """Give a day, counted from 1970: few days are written very often."""
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()
