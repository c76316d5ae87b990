"""Health: what someone has (conditions, injuries, blood type) and what is done about it (health_care.py).

Besides the lists, medical words give themselves away by their endings ("-itis", "-emia").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Finder, Rule, finder_recognizer, recognizer
from engine.privacy.recognizers.finders import Frame, either, in_lines, listed, with_endings
from engine.privacy.recognizers.health_care import DEGREE, PATIENT, care_recognizers
from engine.privacy.recognizers.lexicon import words

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


def recognizers() -> list[EntityRecognizer]:
    return [
        finder_recognizer("medical_condition", _conditions()),
        finder_recognizer("medical_condition", _condition_words()),
        finder_recognizer("medical_condition", in_lines(_CONDITION_KEYS, *_CONDITION_RULES, check=_is_condition)),
        *care_recognizers(),
        finder_recognizer("injury", listed([(words("injuries"), 0.7)], [], plural=True)),
        finder_recognizer("injury", in_lines(_INJURY_KEYS, *_INJURY_RULES)),
        recognizer("blood_type", *_BLOOD_RULES, context=_BLOOD_CUES, needs=r"blood|\brh|positive|negative|[+\-−–]"),
    ]


# --- medical condition ------------------------------------------------------------------------------------------------

_HAS = (
    rf"\b(?:{PATIENT} (?:have|has|had|got|get|gets|keep getting|developed|caught|suffer(?:s|ed)?(?: from| with)?)|"
    r"i['’]ve(?: got| had)?|(?:he|she|they)['’](?:s|ve) (?:got|had)|having had|diagnosed with|diagnosis (?:is|of|"
    r"was)|suffering(?: from| with)?|recover(?:s|ed|ing) from|treat(?:ed|ment|ing) (?:for|of)|living with|history "
    r"of|symptoms? (?:of|are|include)|died (?:of|from)|hospitali[sz]ed (?:for|with)|sick with|down with|in hospital "
    r"with)"
)
_IS = (
    rf"\b(?:(?:my|his|her|their) (?:\w+ )?(?:is|was|are|has been|got|became)|{PATIENT} (?:am|is|was|are|were|felt|"
    r"feel|feels|become|became|got)|i['’]m|(?:he|she)['’]s|(?:they|we)['’]re)"
)
_OF_THINGS = (
    r"(?! (?:viruses? (?:on|scan)|call|calling|line|transfer|start|feet|(?:on|in|with) (?:my|the|your|our) "
    r"(?:computer|phone|laptop|pc|account|app|system|bill))\b)"
)
_CLAUSE_END = r"(?= (?:and|with|since|from|after|so|but|for|at|because|person|by)\b|[.,;!?\n]|$)"
_MEDICAL = either(
    "chronic, severe, acute, clinical, seasonal, viral, bacterial, food, nut, peanut, chest, ear, eye, skin, sinus",
    "heart, back, joint, stomach, kidney, lung, brain, spinal, post-?partum, high-risk",
)
_OF_SOMEONE = either("chronic, severe, bad, terrible, recent, ongoing, \\w+['’]s")


def _conditions() -> Finder:
    frames = (
        Frame(0.75, rf"{_HAS}(?: {DEGREE})* ", _OF_THINGS),
        Frame(0.7, rf"{_IS}(?: {DEGREE})* ", _CLAUSE_END),
        Frame(0.65, rf"\b(?:my|his|her)(?: {_OF_SOMEONE})* "),
        Frame(0.7, rf"\b{_MEDICAL} "),
        Frame(0.75, r"\b(?:medical conditions?|allerg(?:y|ies)|health \w+|symptoms?)\b[^\n]*\n[^\n]{0,30}?(?<!\w)"),
        Frame(
            0.7,
            "",
            r" (?:diagnosis|symptoms|medication|meds|pills|specialist|clinic|ward|treatment|sufferer|patient)\b",
        ),
    )
    return listed([(words("conditions"), 0.75), (words("plain_conditions"), 0.0)], frames, plural=True)


def _condition_words() -> Finder:
    endings = (
        "itis", "aemia", "emia", "oemia", "opathy", "algia", "plegia", "sclerosis", "penia", "rrhea", "rrhoea",
        "rrhage",
        "megaly", "phasia", "osis", "oma", "phobia", "ectasis",
    )  # fmt: skip
    return with_endings(endings, 0.7, least=7, but=words("not_conditions"))


_CONDITION_KEYS = (
    "cancer", "cancers", "carcinoma", "leukemia", "leukaemia", "lymphoma", "allergic", "pain", "pains", "painful",
    "blind",
    "deaf", "sighted", "disabled", "paralyzed", "paralysed", "stage", "disease", "syndrome", "palsy", "dystrophy",
    "pregnant",
)  # fmt: skip
_CONDITION_RULES = (
    Rule(r"\b(?:[a-z]+ (?:cell )?)?(?:cancers?|carcinoma|leuka?emia|lymphoma)\b", 0.75),
    Rule(r"\b(?P<value>(?:severely |mildly |highly )?allergic) to\b", 0.65),
    Rule(r"\bpains? in (?:my|his|her) (?:lower |upper |left |right )?[a-z]+\b", 0.7),
    Rule(r"\b(?:legally|partially|completely|totally) (?:blind|deaf|sighted|disabled|paraly[sz]ed)\b", 0.75),
    Rule(
        r"\b(?:stage (?:one|two|three|four|[1-4]|i{1,3}v?)|(?:first|second|third|fourth|end)[- ]stage) [a-z]+ "
        r"?(?:cancer|disease)?\b",
        0.75,
    ),
    Rule(r"\b[a-z]+(?:['’]s)? (?:disease|syndrome|palsy|dystrophy)\b", 0.6),
    Rule(r"\b(?:\d+|[a-z]+) (?:weeks|months) pregnant\b", 0.75),
    Rule(r"\bpregnant\b", 0.6),
)
_NO_CONDITION = frozenset(("the", "this", "that", "a", "any", "some", "of", "with", "is", "first", "what", "which"))


def _is_condition(find: str) -> bool:
    return find.split()[0].lower() not in _NO_CONDITION or find.lower().startswith(("first stage", "first-stage"))


# --- injury -----------------------------------------------------------------------------------------------------------

_PART = either(",".join(sorted(words("body_parts"), key=len, reverse=True)))
_WHICH = either("left, right, lower, upper, front, big, little, middle, own, whole, two, three, several, few, other")
_HURT = either(
    "broke, broken, break, fractured?, sprain(?:ed)?, twisted, dislocated?, tore, torn, injur(?:ed?|ing), hurt(?:ing)?",
    "bruised, burn(?:ed|t)?, scalded, cut, ruptured, strained, pulled, crushed, amputated, shattered, snapped, popped",
    "wounded, lacerated, severed, smashed, slashed, grazed, cracked, banged, sliced, lost",
)
_HURT_PART = either(
    "broken, fractured, sprained, twisted, dislocated, torn, injured, bruised, burned, burnt, ruptured, strained",
    "crushed, amputated, shattered, wounded, severed, cracked, swollen, busted, pinched",
)
_HARM = r"(?:injur(?:y|ies)|fractures?|sprains?|lacerations?|wounds?|burns?|dislocation|trauma)"
_INJURY_KEYS = words("body_parts") | {
    "injured", "injury", "injuries", "wounded", "stabbed", "concussed", "scalded", "fracture", "fractures", "wound",
    "wounds",
    "stitches", "bruises", "spinal", "rotator",
}  # fmt: skip
_INJURY_RULES = (
    Rule(
        rf"\b{_HURT} (?:(?:my|his|her|their|both)(?: of)?(?: my| his| her)?|one of (?:my|his|her))(?: {_WHICH})* "
        rf"{_PART}\b",
        0.75,
    ),
    Rule(rf"\b{_HURT_PART} (?:(?:left|right|lower|upper) )?{_PART}\b", 0.7),
    Rule(
        rf"\b(?:broke|fractured|sprained|tore|dislocated|ruptured) (?:an?|the|two|three|some)(?: {_WHICH})* "
        rf"{_PART}\b",
        0.65,
    ),
    Rule(
        rf"\b(?:my|his|her)(?: {_WHICH})* {_PART} (?:is|was|are|were|got|has been|might be|feels) (?:\w+ "
        rf")?{_HURT_PART}\b",
        0.75,
    ),
    Rule(rf"\b(?:{_PART}|spinal cord) {_HARM}\b", 0.75),
    Rule(
        r"\b(?:(?:i|he|she|we|they) (?:was|were|got|have been|has been)|i['’]ve been|got) (?P<value>(?:badly |"
        r"seriously |severely |slightly )?(?:injured|wounded|stabbed|concussed|scalded))\b",
        0.65,
    ),
    Rule(r"\b(?:my|his|her) (?P<value>(?:\w+ )?(?:injury|injuries|fracture|wounds?|stitches|bruises))\b", 0.65),
    Rule(r"\b(?:hairline|compound|stress|open|multiple|hip|skull|rib) fractures?\b", 0.75),
)


# --- blood type -------------------------------------------------------------------------------------------------------

_BLOOD_CUES = ("blood", "blood type", "blood group", "donor", "transfusion", "rhesus")
_GROUP = r"(?:AB|A B|A-B|A|B|O|oh|0|zero)"
_RHESUS = r"(?:positive|negative|pos\b|neg\b|plus|minus|[+\-−–])"
_SAID = r"(?!\w)(?= ?[.,;!?\n]| ?$| (?:i|and|but|blood|donor|so|if|is|thank|thanks|please)\b)"
_BLOOD_RULES = (
    Rule(
        r"\bblood ?(?:type|group)(?: (?:is|was|it['’]s|as|says|it says|i think|uh|um)|['’]s|:|,)* "
        rf"(?P<value>{_GROUP}(?:[ -]?(?:rh(?:esus)? )?{_RHESUS})?){_SAID}",
        0.85,
    ),
    Rule(rf"\bblood (?:type|group)[^\n]*\n[^\n]{{0,25}}?(?<!\w)(?P<value>{_GROUP}(?:[ -]?{_RHESUS})?){_SAID}", 0.85),
    Rule(rf"\btype (?P<value>{_GROUP}(?:[ -]?{_RHESUS})?) blood\b", 0.85),
    Rule(rf"\b(?P<value>{_GROUP}[ -]?(?:rh(?:esus)? )?{_RHESUS}) (?:blood|donor)\b", 0.85),
    Rule(r"\b(?:rh|rhesus)[ -](?:factor )?(?:is )?(?:positive|negative)\b", 0.75),
    Rule(r"\b(?:AB|A B|O)[ -](?:positive|negative)\b", 0.7),
    Rule(rf"\b{_GROUP}[ -]?(?:rh )?{_RHESUS}{_SAID}", 0.1),
)
