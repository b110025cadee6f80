"""Folds the peaks of a sound into the hundred numbers of a waveform (MSC1767, MSC3245). Pure."""

POINTS = 100
LOUDEST = 1024


def waveform(peaks: list[int]) -> list[int]:
    """Give a hundred numbers from 0 to 1024: the peak of each part, the loudest of all being 1024.

    Silence is a hundred zeros, and a sound of fewer peaks than points repeats them.
    """
    if not peaks:
        return [0] * POINTS
    parts = []
    for point in range(POINTS):
        start = point * len(peaks) // POINTS
        end = max(start + 1, (point + 1) * len(peaks) // POINTS)
        parts.append(max(peaks[start:end]))
    loudest = max(parts)
    return [round(part * LOUDEST / loudest) for part in parts] if loudest else [0] * POINTS
