"""How long a stream says it is. What it says may be a lie; whoever needs the truth decodes."""

from av.container import InputContainer
from av.stream import Stream

LONGEST_MS = 1000 * 60 * 60 * 24 * 30


def duration_ms(container: InputContainer, stream: Stream) -> int | None:
    """Give the claimed duration, or None for none and for nonsense."""
    if stream.duration is not None and stream.time_base is not None:
        claimed = int(stream.duration * stream.time_base * 1000)
    elif container.duration is not None:
        claimed = container.duration // 1000
    else:
        return None
    return claimed if 0 <= claimed <= LONGEST_MS else None
