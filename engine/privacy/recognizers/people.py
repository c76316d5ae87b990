"""What a person is: occupation, nationality, religion, politics, language, gender and sexuality.

Most of these words also name other things ("general manager", "Swiss cheese", "Spanish menu", "green energy"), so that
the everyday ones count only with words about a person around them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Finder, Rule, finder_recognizer, recognizer
from engine.privacy.recognizers.finders import Frame, either, in_lines, listed
from engine.privacy.recognizers.lexicon import words

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_RELATIVE = either(
    "husband, wife, partner, spouse, mother, father, mom, mum, dad, son, daughter, brother, sister, boyfriend",
    "girlfriend, fianc[eé]e?, parents, family, kids, children, uncle, aunt, cousin, grandmother, grandfather, roommate",
    "friend",
)
_IS = (
    rf"\b(?:(?:i|he|she|they|we|who|{_RELATIVE}) (?:am|is|was|are|were|became|becomes|used to be|have been|has been)|"
    r"(?:i|he|she|they|we)['’](?:m|s|re|ve been)|im)"
)
_QUALITY = either(
    "also, now, still, just, currently, originally, actually, an?, half, part, partly, ethnically, of, very, quite",
    "pretty, proud, practi[cs]ing, devout, strict, observant, non-practi[cs]ing, mostly, not, retired, former",
    "full[- ]time, part[- ]time, self-employed, registered, licensed, certified, qualified, professional, freelance",
    "senior, junior, trainee, working as an?, single, lifelong, staunch, strong, moderate, young, old, elderly, black",
    "white, first-generation, born",
)
_BEING = rf"{_IS}(?: {_QUALITY})* "
_BEING_A = rf"{_IS}(?: {_QUALITY})* an?(?: {_QUALITY})* "
_ANSWER = r"[^\n]*\n[^\n]{0,30}?(?<!\w)"


def recognizers() -> list[EntityRecognizer]:
    return [
        finder_recognizer("occupation", _occupations()),
        finder_recognizer("occupation", in_lines(("work", "works", "worked", "working"), _UNLISTED_JOB)),
        finder_recognizer("nationality", _nationalities()),
        finder_recognizer("nationality", in_lines(("black", "white", "brown", "biracial", "mixed", "of"), *_SKIN)),
        finder_recognizer("language", _languages()),
        finder_recognizer("religion", _religions()),
        finder_recognizer("political_affiliation", _politics()),
        finder_recognizer("gender_sexuality", listed([(words("identities") - {"trans"}, 0.75)], [], plural=True)),
        recognizer("gender_sexuality", *_GENDERS, needs=_GENDER_WORDS),
    ]


# --- occupation -------------------------------------------------------------------------------------------------------

_JOB_CUE = (
    r"\b(?:work(?:s|ed|ing)?(?: part[- ]time| full[- ]time| there| here)? as(?: an?| the)?|employed as(?: an?)?|"
    r"(?:job|profession|occupation|job title|trade|career|line of work)(?: is| was|['’]s|:|,)*(?: as)?(?: "
    r"being)?(?: an?)?|living as an?|job as an?|(?:trained|training|studying|retired|hired|promoted|qualified) "
    r"(?:as|to|to be|to become)(?: an?)?|(?:retired|former|self-employed|freelance|unemployed|out-of-work))"
    rf"(?: {_QUALITY})* "
)
_JOB_QUESTION = (
    r"(?:occupation|profession|job title|line of work|for (?:a living|work)|(?:your|kind of|type of) (?:job|work)|"
    r"employed as)" + _ANSWER
)
_UNLISTED_JOB = Rule(
    r"\bwork(?:s|ed|ing)? as an? (?P<value>(?:[a-z-]+ ){0,2}?[a-z-]{2,}(?:er|or|ist|ian|ant|man|woman|ess))\b", 0.7
)


def _occupations() -> Finder:
    plain = words("plain_occupations")
    frames = (
        Frame(0.8, _JOB_CUE),
        Frame(0.8, _JOB_QUESTION),
        Frame(0.8, _BEING_A),
        Frame(0.7, r"\bas an? ", r"(?:[,.]|$| (?:i|we|he|she|for|at|in|with|myself)\b)"),
        Frame(0.75, "", r" by (?:trade|profession|training)\b"),
        Frame(0.6, r"\w, (?:an?|the) ", r"(?:,| (?:at|with|from|for)\b)"),
    )
    titles = frozenset(title for title in words("occupations") - plain if " " in title)
    return listed([(titles, 0.5), (words("occupations", "plain_occupations") - titles, 0.0)], frames, plural=True)


# --- nationality ------------------------------------------------------------------------------------------------------

_PERSON = either(
    "citizens?, citizenship, nationals?, nationality, passport, descent, heritage, origins?, ancestry, ethnicity",
    "roots, immigrants?, migrants?, m[ae]n, wom[ae]n, girls?, boys?, guys?, lad(?:y|ies), people, persons?",
    "famil(?:y|ies), parents?, mother, father, husband, wife, boyfriend, girlfriend, born, communit(?:y|ies)",
    "tourists?, refugees?, expats?, neighbou?rs?, friends?, students?, americans?, males?, females?, couple, accent",
    "background",
)
_NO_PERSON = either(
    "speak\\w*, language, teacher, lessons?, class(?:es)?, translat\\w+, interpret\\w+, version, food, cuisine",
    "restaurant, express, airlines?, airways, telecom, bank, eagle, standard",
)
_SKIN_COLOR = r"(?P<value>black|white|brown|bi-?racial|mixed|mixed[- ]race)"
_SKIN = (
    Rule(
        rf"\b(?:an?|the|young|old|elderly|another|two|some) {_SKIN_COLOR}"
        r"(?= (?:m[ae]n|wom[ae]n|males?|females?|person|people|guys?|lad(?:y|ies)|girls?|boys?|family|couple|"
        r"americans?)\b)",
        0.75,
    ),
    Rule(rf"\bi(?:['’]m| am) {_SKIN_COLOR}(?=[.,;!?\n]|$| and (?:i|my)\b)", 0.8),
    Rule(r"\b(?:people|person|man|woman|women|men) of colou?r\b", 0.75),
)


def _nationalities() -> Finder:
    plain = words("plain_nationalities")
    cue = (
        r"\b(?:nationality|citizenship|ethnicity|race|ethnic \w+|naturali[sz]ed|identif(?:y|ies) as)"
        r"[^\n.?!]{0,25}?(?<!\w)"
    )
    frames = (
        Frame(0.8, _BEING, rf"(?! {_NO_PERSON}\b)(?![-\w])"),
        Frame(0.8, cue),
        Frame(0.8, r"\b(?:nationality|citizenship|ethnicity|citizen of|what country)" + _ANSWER),
        Frame(0.8, "", rf" {_PERSON}\b"),
    )
    return listed([(words("nationalities") - plain, 0.55), (plain, 0.0)], frames, plural=True)


# --- language ---------------------------------------------------------------------------------------------------------

_USING = either(
    "speak(?:s|ing)?, spoke, spoken, talk(?:ing|s)? in, talk, understand(?:s|ing)?, learn(?:s|ing|ed|t)?",
    "stud(?:y|ying|ied), teach(?:es|ing)?, read, write, fluent, fluency, native, bilingual, translat\\w+",
    "interpret\\w+, language, tongue, know, prefer, switch, continue, respond, service, support, someone, agent",
    "representative, operator, option, available, written, press \\d, for",
)
_HOW_WELL = either(
    "a little(?: bit of)?, a bit of, some, any, only, good, bad, proper, much, very, both, broken, basic, fluent",
    "enough, no, better, more, perfect, native, conversational",
)
_NO_LANGUAGE = either(
    "citizen, passport, airlines?, customers?, people, food, bank, account, express, dollars, restaurant, cheese",
    "embassy, m[ae]n, woman",
)
_LINK = either("in, to, into, from, is, was, are, for, would be, of, who speaks, that speaks, speaker, and write, or")


def _languages() -> Finder:
    nationalities = words("nationalities") | {"latin"}
    after_in = r"(?=[.,;?!\n]|$| (?:please|only|or|and|language|instead|too|then|because|if|so|not|would|is|as)\b)"
    frames = (
        Frame(
            0.8,
            rf"\b{_USING}(?: {_LINK})*[,:]?(?: {_HOW_WELL})* (?:[a-z]+,? (?:and|or|to) |[a-z]+, )?",
            rf"(?! {_NO_LANGUAGE}\b)(?![-\w])",
        ),
        Frame(0.75, r"\bin(?: either| plain| simple| clear| perfect)? ", after_in),
        Frame(
            0.8,
            "",
            r"[- ](?:speaking|speakers?|language|interpreters?|translat(?:ors?|ions?)|version|subtitles|dictionary|"
            r"dialect|menu|lessons?|class(?:es)?)\b",
        ),
        Frame(0.7, r"(?:^|\n|[.?!] )(?:um |uh )?", r" (?:please|speaking)\b"),
        Frame(0.8, r"\blanguages?\b" + _ANSWER),
    )
    return listed([(words("languages") - nationalities, 0.55), (words("languages") & nationalities, 0.0)], frames)


# --- religion and politics --------------------------------------------------------------------------------------------


def _religions() -> Finder:
    plain = words("plain_religions")
    nouns = either(
        "church, faith, religion, family, holidays?, communit(?:y|ies), priest, minister, beliefs?, values, wedding",
        "funeral, m[ae]n, woman, people, household, prayers?, calendar",
    )
    cue = (
        r"\b(?:practi[cs]ing|devout|religion|religious|faith|denomination|raised|converted to|convert to|believe in|"
        r"brought up|born-again)(?: (?:is|as|an?|in|the|:))* "
    )
    frames = (
        Frame(0.8, _BEING, r"(?! (?:bank|hospital|school)\b)"),
        Frame(0.8, cue),
        Frame(0.8, r"\b(?:religion|faith|religious|denomination|worship)\b" + _ANSWER),
        Frame(0.75, "", rf" {nouns}\b"),
    )
    return listed([(words("religions") - plain, 0.6), (plain, 0.0)], frames, plural=True)


_POLITICAL = either(
    "vot(?:e|es|ed|ing), campaign(?:s|ed|ing)?, canvass\\w*, donat(?:e|es|ed|ing), lean(?:s|ing)?, political(?:ly)?",
    "politics, affiliation, registered, card-carrying, lifelong, staunch, member of, affiliated with, party",
)
_TO_A_PARTY = either(
    "for, to, with, the, as, an?, is, are, am, mostly, always, usually, straight, very, pretty, more, either, i, we",
    "my, views, affiliation, party",
)
_NO_PARTY = either(
    "contractor, energy, advis[eo]r, estimate, light, card, plan, option, customer, user, amount, price, trader",
    "business, agent, film, tax, dealer, insurance, house, car",
)
_PARTY_NOUN = either(
    "party, voters?, candidates?, supporters?, senators?, congress\\w+, mps?, primary, primaries, convention",
    "government, politics, politicians?, nominee, administration, leaning",
)


def _politics() -> Finder:
    plain = words("plain_politics")
    people = (
        r"\b(?:i am|i['’]m|we are|he is|he['’]s|she is|she['’]s|they are)(?: (?:very|more|quite|politically|"
        r"fiscally|socially))* "
    )
    frames = (
        Frame(0.8, rf"\b{_POLITICAL}(?: {_TO_A_PARTY})* "),
        Frame(0.75, _BEING_A, rf"(?! {_NO_PARTY}\b)"),
        Frame(0.75, people, r"(?: in my (?:views|politics)|[- ]leaning|-wing)"),
        Frame(0.75, "", rf" {_PARTY_NOUN}\b"),
    )
    return listed([(words("politics") - plain, 0.75), (plain, 0.0)], frames, plural=True)


# --- gender and sexuality ---------------------------------------------------------------------------------------------

_GENDER = r"(?P<value>male|female|man|woman|girl|boy|non-?binary|trans|other)"
_GENDER_WORDS = r"\b(?:gender|sex|identif\w+|male|female|trans|straight|hetero|pronouns?)\b"
_WHO_IS = r"(?:i am|i['’]m|(?:he|she) is|(?:he|she)['’]s)"
_GENDERS = (
    Rule(
        rf"\b(?:gender|sex)(?: (?:is|was|as|assigned at birth is|at birth is|identity is)|:)+ (?:an? )?{_GENDER}\b", 0.8
    ),
    Rule(rf"\b(?:gender|sex)\b[^\n]*\n[^\n]{{0,15}}\b{_GENDER}\b", 0.8),
    Rule(rf"\bidentif(?:y|ies|ied|ying) as (?:an? )?{_GENDER}\b", 0.8),
    Rule(
        rf"\b(?:{_WHO_IS}|patient is|caller is|year[- ]old)(?: (?:an?|\d+[- ]year[- ]old|single|married|white|black|"
        rf"cis))* "
        r"(?P<value>male|female)\b",
        0.75,
    ),
    Rule(
        r"\b(?P<value>male|female) (?:patient|caller|customer|client|member|passenger|policy ?holder|driver|child|"
        r"infant)s?\b",
        0.6,
    ),
    Rule(r"\b(?P<value>trans) (?:person|people|community|kid|teen|youth|girl|boy)\b", 0.8),
    Rule(rf"\b{_WHO_IS} (?:an? )?(?P<value>straight|hetero)(?= (?:m[ae]n|wom[ae]n|guy)|[.;!?\n]|$)", 0.7),
    Rule(
        r"\bpronouns? (?:are |is |: ?)?(?P<value>(?:he|she|they)(?:[ /]+(?:and )?(?:him|her|them|his|hers|they))+)\b",
        0.75,
    ),
)
