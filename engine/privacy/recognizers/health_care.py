"""What is done about health: treatments, operations and tests (medical_process), medicines and drugs (drug)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Finder, Rule, finder_recognizer, recognizer
from engine.privacy.recognizers.finders import Frame, either, listed, with_endings
from engine.privacy.recognizers.lexicon import is_common, words

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

PATIENT = either(
    "i, he, she, they, we, who, patient, husband, wife, mother, father, mom, mum, dad, son, daughter, child, baby",
    "brother, sister, grandmother, grandfather, partner, parents?",
)
DEGREE = either(
    "an?, the, my, his, her, their, some, any, really, very, bad, severe, mild, chronic, acute, terrible, slight, high",
    "serious, minor, major, emergency, recent, another, second, constant, extreme, so, too, little, bit of, history of",
    "signs of, symptoms of, case of, also, been, still, feeling, lot of, [a-z]+ and",
)


def care_recognizers() -> list[EntityRecognizer]:
    return [
        finder_recognizer("medical_process", _processes()),
        finder_recognizer("medical_process", _process_words()),
        finder_recognizer("drug", _drugs()),
        finder_recognizer("drug", _drug_words()),
        recognizer("drug", *_DOSE_RULES, check=_is_rare, needs=rf"\d ?{_DOSE}\b|prescri|refill|dose of|allergic to"),
    ]


# --- medical process --------------------------------------------------------------------------------------------------

_UNDERGOES = (
    rf"\b(?:{PATIENT} (?:had|have|has|have had|has had|needs?|needed|got|went in for|(?:am|is|was) (?:having|in)|"
    rf"will have|am getting|"
    r"went through|gets?|require[sd]?)|i['’](?:m|ve|ll)(?: had| having| getting| need| in| scheduled for| due for)?|"
    r"having|undergo(?:es|ing|ne)?|underwent|(?:re)?scheduled for|recover(?:s|ed|ing) from|waiting for|wait list "
    r"for|cost of|covered? (?:for )?|referr(?:al|ed) (?:for|to)|pre-?approval for|authori[sz]ation for|prior to|post)"
)
_BODILY = either(
    "medical, surgical, dental, spinal, heart, cardiac, knee, hip, back, brain, eye, shoulder, ankle, foot, liver",
    "kidney, lung, bone, breast, cancer, physical, speech, radiation, laser, gallbladder, cosmetic, plastic",
    "corrective, emergency, open-heart, reconstructive, outpatient, inpatient, fertility, drug, alcohol, flu, covid",
    "tetanus, ct, cat, pet, full body, bone density",
)
_WHOSE = either("last, first, next, second, upcoming, recent, \\w+['’]s")
_OF_THINGS = (
    r"(?! (?:of (?:the|this) (?:barcode|document|code|label|form)|of this|of (?:you|the)|system|hours?|manual|"
    r"centers?|teams?|(?:from|by|with) (?:you|your|the)|is (?:bad|poor))\b)"
)


def _processes() -> Finder:
    frames = (
        Frame(0.7, rf"{_UNDERGOES}(?: {DEGREE})* ", _OF_THINGS),
        Frame(0.7, rf"\b{_BODILY} "),
        Frame(0.6, rf"\b(?:my|his|her)(?: {_WHOSE})* ", _OF_THINGS),
    )
    return listed([(words("procedures"), 0.75), (words("plain_procedures"), 0.0)], frames, plural=True)


def _process_words() -> Finder:
    endings = (
        "ectomy", "ectomies", "ostomy", "ostomies", "otomy", "otomies", "plasty", "plasties", "oscopy", "oscopies",
        "centesis",
        "therapy", "therapies", "dialysis", "angiogram", "angiography", "mammogram", "mammography", "sonogram",
        "cardiogram",
    )  # fmt: skip
    return with_endings(endings, 0.75, least=8, but=frozenset(("dichotomy", "dichotomies")))


# --- drug -------------------------------------------------------------------------------------------------------------

_TAKING = (
    r"\b(?:tak(?:e|es|en|ing)|took|prescribed(?: me| him| her)?|prescri(?:be|bes|bing|ption)(?: for| of)?|"
    r"refill(?:s|ed|ing)?(?: for| of| on| my| his| her)*|dos(?:e|age|es) of|(?:addicted|allergic|reaction) to|"
    r"us(?:e|es|ing) (?:my|his|her)|smok(?:e|es|ed|ing)|injected?|snort(?:s|ed|ing)?|(?:high|overdosed|hooked) on|"
    r"(?:pills?|tablets?) of|supplements? (?:of|like)|(?:am|is|are|was|were|been|put) on)(?: (?:my|his|her|some|any|"
    r"an?|the|daily|prescribed|two|three|\d+))* "
)
_NO_DRUG = (
    r"(?! (?:the|card|case|time|batter\w+|level|lines?|on|in|up|down|of (?:gold|money)|dial|screen|machine|limit|"
    r"tests?|phone|cable|plan|package)\b)"
)
_DOSE = r"(?:mgs?|milligram(?:me)?s?|mcg|micrograms?|iu|mls?|millilit(?:er|re)s?)"
_DOSE_RULES = (
    Rule(rf"\b(?P<value>[a-z]{{4,}}) \d+(?:\.\d+)? ?{_DOSE}\b", 0.75),
    Rule(rf"\b\d+(?:\.\d+)? ?{_DOSE} (?:of )?(?P<value>[a-z]{{5,}})\b", 0.75),
    Rule(
        r"\b(?:prescribed(?: me| him| her)?|prescription (?:for|of)|refill (?:for|of|on|my|his|her)|dose of|"
        r"allergic to) (?P<value>[a-z]{5,})\b",
        0.65,
    ),
)


def _drugs() -> Finder:
    forms = (
        r" (?:pills?|tablets?|capsules?|supplements?|prescription|injections?|addict|dealer|dose|overdose|refill|"
        r"shots?)\b"
    )
    frames = (
        Frame(0.7, _TAKING, _NO_DRUG),
        Frame(0.7, "", forms),
        Frame(0.7, rf"\b\d+ ?{_DOSE} (?:of )?"),
        Frame(0.7, "", rf" \d+ ?{_DOSE}\b"),
    )
    return listed([(words("drugs"), 0.75), (words("plain_drugs"), 0.0)], frames, plural=True)


def _drug_words() -> Finder:
    endings = (
        "statin", "sartan", "prazole", "conazole", "fungin", "mycin", "micin", "cillin", "cycline", "floxacin",
        "oxetine",
        "azepam", "azolam", "triptan", "gliptin", "glitazone", "gliflozin", "glutide", "lukast", "thiazide",
        "dronate", "setron",
        "prednisone", "prednisolone", "codone", "morphone", "peridol", "tidine", "dafil", "tinib", "ciclib", "imab",
        "umab",
        "ciclovir", "navir", "tegravir", "vudine", "barbital", "olol", "dipine", "azosin", "caine", "triptyline",
        "pramine",
        "zodone", "oxaban", "parin", "profen", "semide", "formin",
    )  # fmt: skip
    return with_endings(endings, 0.7, least=7, but=frozenset())


def _is_rare(word: str) -> bool:
    return not is_common(word.lower()) and word.lower() not in words("countries", "given_names")
