"""The part of a picture that a cropped thumbnail shows lies inside the picture."""

from __future__ import annotations

import pytest

from teahouse.decoding.shapes import fit


@pytest.mark.parametrize("side", [481, 500, 777, 1000, 1919])
def test_a_crop_never_begins_outside_the_picture(side: int) -> None:
    left, top, right, bottom = fit((side, side), (480, 480), True).box
    assert 0 <= left < right <= side
    assert 0 <= top < bottom <= side
