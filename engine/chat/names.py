"""What the name of a chat's speaker says: a role, nothing, or whom to hide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.analysis_types import Role
from engine.roles import plain

AGENT_WORDS = frozenset(
    """
    advisor adviser agent agente agentin agents asesor asesora asistente assistant assistente atencion atendente
    atendimento berater beraterin bot chatbot conseiller conseillere consulente consultor consultora csr helpdesk
    kundenberater kundenberaterin kundendienst kundenservice mitarbeiter mitarbeiterin operador operadora operateur
    operator operatore operatorin operatrice rep representante representative sachbearbeiter service servicio servizio
    sac soporte specialist staff suporte support supporto
    """.split()
)
CUSTOMER_WORDS = frozenset(
    """
    anrufer anruferin appelant appelante besucher besucherin caller chiamante client cliente clienti customer guest
    kunde kundin llamante usager user usuaria usuario utente utilisateur utilisatrice visitante visitatore visiteur
    visitor
    """.split()
)
# Words of a label that are nobody's name.
NO_NAMES = AGENT_WORDS | CUSTOMER_WORDS | frozenset(
    """
    anonymous bank center centre channel chat company contact da de dr del der di dos eu frau herr human ich inc io je
    la le ltd me miss mister moi monsieur mr mrs ms person participant participante participante sales senor senora
    signor signora speaker spk sprecher system team teilnehmer the tu unknown van virtual von you yo your
    """.split()
)  # fmt: skip
# Names that are words as well: hidden only where they are written as names.
ALSO_WORDS = frozenset(
    """
    april art august bill chance chase christian dawn drew faith frank grace grant guy hope jack joy june mark max
    may page pat ray rich rob rose sky sue summer tag will
    """.split()
)


def role_of(name: str) -> Role:
    """The role that a name states in English, French, Spanish, German, Italian or Portuguese."""
    words = set(re.sub(r"\d", " ", plain(name)).split())
    if words & AGENT_WORDS:  # before the customers: "customer service", "service client"
        return "agent"
    return "customer" if words & CUSTOMER_WORDS else "unknown"


class NameMask:
    """Hides the names of a chat's speakers in its texts: full names and their parts, a number a speaker."""

    def __init__(self, names: Iterable[str], texts: Sequence[str]) -> None:
        self._markers: dict[str, str] = {}
        used = [int(number) for text in texts for number in re.findall(r"\[PERSON_NAME_(\d+)\]", text)]
        number = max(used, default=0)
        for name in dict.fromkeys(names):
            parts = _parts(name)
            if fresh := [part for part in parts if part not in self._markers]:
                number += 1
                self._markers |= dict.fromkeys(fresh, f"[PERSON_NAME_{number}]")
        alternatives = "|".join(map(re.escape, sorted(self._markers, key=len, reverse=True)))
        self._run = re.compile(rf"(?<!\w)(?:{alternatives})(?:[\s-]+(?:{alternatives}))*(?!\w)", re.IGNORECASE)

    def masked(self, text: str) -> str:
        """The text with a marker for each run of parts of names."""
        return self._run.sub(self._marker, text) if self._markers else text

    def _marker(self, found: re.Match[str]) -> str:
        run = found[0]
        if run.islower() and run in ALSO_WORDS:
            return run
        numbers = dict.fromkeys(self._markers[part.casefold()] for part in re.split(r"[\s-]+", run))
        return " ".join(numbers)


def name_words(names: Iterable[str]) -> dict[str, str]:
    """The words of speakers' labels that name a person, in lower case, each with the first label that has it."""
    words: dict[str, str] = {}
    for name in names:
        words = dict.fromkeys(_parts(name), name) | words
    return words


def _parts(name: str) -> list[str]:
    """The words of a label that name a person, in lower case, also without accents; initials are left out."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", "" if re.fullmatch(r"\[[A-Z_]+_\d+\]", name.strip()) else name)
    named = [word for word in words if len(word) > 1 and plain(word) not in NO_NAMES]
    return [form for word in named for form in (word.casefold(), plain(word).replace(" ", "'"))]
