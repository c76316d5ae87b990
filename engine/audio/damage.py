"""What could not be decoded, told in one line."""

from __future__ import annotations

from dataclasses import dataclass, field

_TAIL_S = 0.1
"""Where a file declares its end, an error this close to the last audio is that end, or tags behind it."""
_MIN_SHORT_S, _MIN_SHORT = 0.5, 0.005
"""A declared length may be rounded, or count a codec's padding."""


@dataclass(slots=True)
class Damage:
    """Collects what went wrong while one track was decoded; times are seconds of decoded audio."""

    errors_s: list[float] = field(default_factory=list)
    gaps_s: list[tuple[float, float]] = field(default_factory=list)
    stop: str | None = None

    def describe(self, decoded_s: float, declared_s: float | None) -> str | None:
        """One line for `Audio.damage`; None where all that the file declares was decoded."""
        short = declared_s is not None and declared_s - decoded_s > max(_MIN_SHORT_S, _MIN_SHORT * declared_s)
        ends = declared_s is not None or self.stop is not None
        errors_s = [at_s for at_s in self.errors_s if not (ends and at_s >= decoded_s - _TAIL_S)]
        of_all = f"{decoded_s:.1f} s of {declared_s:.1f} s" if short else f"{decoded_s:.1f} s"
        notes = [*self._skipped(errors_s), *self._missing()]
        if self.stop is not None or (short and not notes):
            notes.append(f"decoding stopped at {of_all}: {self.stop or 'the rest is missing or damaged'}")
        elif short:
            notes.append(f"{of_all} decoded")
        return "; ".join(notes) or None

    def _skipped(self, errors_s: list[float]) -> list[str]:
        if not errors_s:
            return []
        places = "1 place" if len(errors_s) == 1 else f"{len(errors_s)} places"
        return [f"damaged data skipped in {places} from {errors_s[0]:.1f} s on"]

    def _missing(self) -> list[str]:
        if not self.gaps_s:
            return []
        total_s = sum(length_s for _, length_s in self.gaps_s)
        return [f"{total_s:.1f} s without audio from {self.gaps_s[0][0]:.1f} s on, filled with silence"]
