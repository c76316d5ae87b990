"""The languages of the model: which voices speak them, where names come from, how digits are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LANGUAGES = ("en", "fr", "es", "de", "it", "pt")


@dataclass(frozen=True, slots=True)
class Language:
    """`voices`: espeak-ng voices with their weights; `locales`: Faker's, for names and cities; `letters`: what {words}
    may be made of; `hours_share`: its part of the training speech."""

    voices: Mapping[str, float]
    locales: tuple[str, ...]
    letters: str
    hours_share: float


_LATIN = "abcdefghijklmnopqrstuvwxyz"

TRAINED: Mapping[str, Language] = MappingProxyType(
    {
        "en": Language(
            {"gmw/en-US": 6, "gmw/en": 4, "gmw/en-GB-x-rp": 1},
            ("en_US", "en_GB"),
            _LATIN,
            0.48,
        ),
        "fr": Language({"roa/fr": 6, "roa/fr-CH": 1, "roa/fr-BE": 1}, ("fr_FR",), _LATIN + "àâæçéèêëîïôœùûüÿ", 0.16),
        "es": Language({"roa/es": 6, "roa/es-419": 2}, ("es_ES", "es_MX"), _LATIN + "áéíñóúü", 0.08),
        "de": Language({"gmw/de": 1}, ("de_DE",), _LATIN + "äöüß", 0.12),
        "it": Language({"roa/it": 1}, ("it_IT",), _LATIN + "àèéìòù", 0.08),
        "pt": Language({"roa/pt-BR": 6, "roa/pt": 3}, ("pt_BR",), _LATIN + "áâãàçéêíóôõú", 0.08),
    }
)

VARIANTS = tuple(
    (
        "m1 m2 m3 m4 m5 m6 m8 f1 f2 f3 f5 klatt klatt2 klatt4 Annie Denis Andy Gene belinda Michael adam alicia david "
        "edward grandpa iven max michel paul quincy rob shelby steph travis victor zac Alex Lee Mike Diogo Hugo anika"
    ).split()
)
"""espeak-ng's voice variants that are trained on; robots, whispers and croaks are left out."""

EVALUATED_VARIANTS = ("m1", "m3", "m5", "f2", "f5", "klatt2", "Annie", "edward")
"""Of those, the eight that the benchmark reports."""

HELD_OUT_VARIANTS = ("linda", "f4", "m7", "Mario", "Andrea", "john")
"""Never trained on."""

FLITE_VOICES: Mapping[str, float] = MappingProxyType({"slt": 4, "rms": 3, "kal": 1, "kal16": 4})
HELD_OUT_FLITE_VOICE = "awb"
FESTIVAL_VOICES: Mapping[str, float] = MappingProxyType({"kal_diphone": 2, "ked_diphone": 1})
