"""What could not be decoded, told in one line."""

import pytest

from engine.audio.damage import Damage


@pytest.mark.parametrize(
    ("damage", "decoded_s", "declared_s", "expected"),
    [
        (Damage(), 60.0, 60.0, None),
        (Damage(), 60.0, None, None),
        (Damage(), 59.6, 60.0, None),
        (Damage(), 28_700.0, 28_800.0, None),
        (Damage(), 65.0, 60.0, None),
        (Damage(), 12.34, 60.0, "decoding stopped at 12.3 s of 60.0 s: the rest is missing or damaged"),
        (Damage(stop="the file is truncated"), 12.34, None, "decoding stopped at 12.3 s: the file is truncated"),
        (Damage(errors_s=[3.0]), 60.0, None, "damaged data skipped in 1 place from 3.0 s on"),
        (Damage(errors_s=[3.0, 9.0]), 60.0, 60.0, "damaged data skipped in 2 places from 3.0 s on"),
        (Damage(errors_s=[60.0]), 60.0, None, "damaged data skipped in 1 place from 60.0 s on"),
        (Damage(errors_s=[60.0]), 60.0, 60.0, None),
        (Damage(errors_s=[3.0]), 58.0, 60.0, "damaged data skipped in 1 place from 3.0 s on; 58.0 s of 60.0 s decoded"),
        (Damage(errors_s=[12.0]), 12.0, 60.0, "decoding stopped at 12.0 s of 60.0 s: the rest is missing or damaged"),
        (Damage(gaps_s=[(3.0, 2.0), (9.0, 1.5)]), 60.0, 60.0, "3.5 s without audio from 3.0 s on, filled with silence"),
    ],
)
def test_descriptions(damage, decoded_s, declared_s, expected):
    assert damage.describe(decoded_s, declared_s) == expected
