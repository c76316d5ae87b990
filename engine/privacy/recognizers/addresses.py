"""Addresses and their parts: house number and street, unit, city with state and ZIP code, postcodes, coordinates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.privacy.layout import DIGITS, FIVE_DIGITS, MIXED
from engine.privacy.recognizers.address_blocks import NUMBERED_UNIT, UNIT_RULE, UNIT_WORDS, find_blocks
from engine.privacy.recognizers.base import ANY, Rule, finder_recognizer, phrases, recognizer
from engine.privacy.recognizers.finders import either, in_lines
from engine.privacy.recognizers.lexicon import words

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_WORD = r"[^\W\d_][\w'’.-]*"
_STREET = either(",".join(sorted(words("streets"), key=len, reverse=True)))
_STRONG_STREET = either(",".join(sorted(words("strong_streets"), key=len, reverse=True)))
_STATES = phrases(
    "alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida, georgia, hawaii, "
    "idaho, illinois, indiana, iowa, kansas, kentucky, louisiana, maine, maryland, massachusetts, michigan, "
    "minnesota, mississippi, missouri, montana, nebraska, nevada, new hampshire, new jersey, new mexico, new york, "
    "north carolina, north dakota, ohio, oklahoma, oregon, pennsylvania, rhode island, south carolina, south "
    "dakota, tennessee, texas, utah, vermont, virginia, washington, west virginia, wisconsin, wyoming"
)
_STATE = either(*_STATES)
_LAST_OF_STATES = frozenset(state.split()[-1] for state in _STATES)
_CODE = either(",".join(sorted(words("us_state_codes"))))
_UPPER_CODE = either(",".join(sorted(word.upper() for word in words("us_state_codes"))))
_RARE_CODE = either(
    ",".join(sorted(words("us_state_codes") - words("function_words") - {"de", "la", "pa", "ma", "co", "al"}))
)
_ZIP = r"(?:zip(?: code)?(?: is)? )?\d{5}(?:-?\d{4})?\b"
_REGION = rf"(?:{_STATE}\b(?:,? {_ZIP})?|{_CODE}(?:,? {_ZIP}|(?=[.,;?!]|$))|{_ZIP})"
_NUMBER = r"(?:no\.? |number |# ?)?\d{1,6}(?:[- ]?[a-h]\b)?(?:[/-]\d{1,4}[a-z]?)?"
_SPOKEN_NUMBER = (
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|hundred|oh)"
)
_SIDE = r"(?:north|south|east|west|n|s|e|w|ne|nw|se|sw)\b\.?"
_UNIT = (
    r"(?:apartment|apt\.?|suite|ste\.?|flat|unit|floor|room|lot|building|bldg\.?|block|door)(?: number| no\.?| #)? "
    r"?#?(?:\d{1,5}(?: ?[b-hj-z]|a)?|[a-z]\d{0,4})\b"
)
_TAIL = rf"(?:,? {_SIDE})?(?:,? {_UNIT})?(?:,? (?:(?!(?:and|my|is|phone)\b){_WORD},? ){{0,3}}?{_REGION})?"
_STREET_RULES = (
    Rule(
        rf"\b(?:{_NUMBER},?|{_SPOKEN_NUMBER}(?:[- ](?:and |hundred )?{_SPOKEN_NUMBER})*) (?:{_WORD},? |\d{{1,3}} "
        rf"?(?:st|nd|rd|th) ){{1,4}}?{_STREET}\b\.?{_TAIL}",
        0.8,
    ),
)
_STREET_ONLY_RULES = (
    Rule(
        rf"\b(?:on|at|near|off|along|to|of|is|address|and|lives?|corner of) (?P<value>(?:(?:north|south|east|west) "
        rf")?(?:{_WORD} ){{1,2}}?{_STRONG_STREET})\b(?! (?:tax|test|trip|works?|price|map))",
        0.6,
    ),
    Rule(rf"\b(?:(?:north|south|east|west) )?\d{{1,3}}(?:st|nd|rd|th) {_STRONG_STREET}\b", 0.7),
    Rule(r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth) (?:street|avenue|ave)\b", 0.65),
    Rule(r"\b(?:the )?corner of (?:\w+ ){1,4}and (?:\w+ ){0,2}\w+", 0.5),
    Rule(rf"\b(?:the )?corner of (?:[\w'’]+\.? ){{1,5}}and (?:[\w'’]+ ){{1,3}}?{_STRONG_STREET}\b", 0.85),
)
_TITLED_STREET = either(
    ",".join(sorted(word.title() for word in words("strong_streets"))), "Lane, Drive, Court, Square, Way"
)
_WRITTEN_STREET_RULE = Rule(rf"\b(?:[A-Z][\w'’-]+ ){{1,3}}{_TITLED_STREET}\b", 0.6, cased=True)
_BOX_RULES = (
    Rule(r"\b(?:p\.? ?o\.?|post office) ?box (?:number |no\.? |# ?)?\d+", 0.85),
    Rule(r"\b(?:unit|psc|cmr) \d{1,5},? box \d{1,5}", 0.85),
    Rule(r"\b(?:apo|fpo|dpo),? (?:aa|ae|ap) \d{5}", 0.85),
    Rule(
        rf"\b(?:uss|usns|uscgc|usnv|hms) {_WORD}(?: {_WORD})?(?=,? (?:apo|fpo|dpo) |$)",
        0.85,
        holds=(frozenset(("uss", "usns", "uscgc", "usnv", "hms")),),
    ),
    Rule(
        r"\b(?:apartment|apt\.?|suite|ste\.?|flat)(?: number| no\.?| #)? ?#?\d{1,5}[a-z]?\b(?! ?(?:%|percent|"
        r"dollars?|pounds?|euros?|rate|fee|days?|hours?|minutes?))",
        0.6,
    ),
)
_GOES_ON = (
    r"(?<!\w\w\w\w\.)(?:,? (?!(?:and|phone|contact|mobile|ph|my|is|please|thanks?|number|e-?mail|name|i|but|so|that|"
    r"can|you|for|on|the|card|ssn|account|it)\b)[\w'’.#/-]+)"
)
_NOT_ELECTRONIC = r"(?<!email )(?<!e-mail )(?<!mail )(?<!ip )(?<!web )(?<!mac )"
_STATED_RULES = (
    Rule(
        rf"{_NOT_ELECTRONIC}\baddress(?: (?:is|was|would be|it['’]s|that['’]s|to|on file is|at|now|uh|um)|:|,|-)* "
        rf"(?P<value>{_NUMBER}{_GOES_ON}{{1,10}})",
        0.75,
        opens=frozenset(("address",)),
    ),
    Rule(
        r"\b(?:(?:deliver(?:y|ed)?|ship(?:ped|ping)?|sen[dt])(?: it| that| this| my order)? (?:to|at)|"
        rf"(?:live[sd]?|living|located|resid\w+|staying) (?:at|on|in)|moved to) "
        rf"(?P<value>{_NUMBER}{_GOES_ON}{{1,10}})",
        0.7,
    ),
    Rule(
        rf"{_NOT_ELECTRONIC}\b(?:address|where (?:do you live|should (?:we|i) (?:send|ship|deliver)))\b[^\n]*\n"
        r"(?:(?:yes|yeah|sure|ok|okay|it['’]s|it is|um|uh|my address is|that['’]s|at),? )*"
        rf"(?P<value>{_NUMBER}{_GOES_ON}{{1,12}})",
        0.75,
        opens=frozenset(("address", "where")),
    ),
)
_NO_CITY = r"(?!(?:and|in|is|my|the|address|from|to|at|of|zip|state)\b)"
_ZIP_DIGITS = frozenset((FIVE_DIGITS,))
_WITH_CODE = (words("us_state_codes"), _ZIP_DIGITS)
_CITY_ZIP_RULES = (
    Rule(rf"\b(?:{_NO_CITY}{_WORD},? ){{0,3}}{_STATE},? {_ZIP}", 0.8, holds=(_LAST_OF_STATES, _ZIP_DIGITS)),
    Rule(rf"\b(?:{_NO_CITY}{_WORD},? ){{1,3}}{_RARE_CODE},? {_ZIP}", 0.75, holds=_WITH_CODE),
    Rule(rf"\b{_UPPER_CODE},? {_ZIP}", 0.75, cased=True, holds=_WITH_CODE),
)
_CITY_STATE_RULE = Rule(rf"\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?, {_UPPER_CODE}\b(?:,? {_ZIP})?", 0.75, cased=True)


def address_recognizers() -> list[EntityRecognizer]:
    return [
        finder_recognizer("location", find_blocks),
        finder_recognizer("location", in_lines(UNIT_WORDS, UNIT_RULE, check=_is_before_unit)),
        finder_recognizer("location", in_lines(words("streets"), *_STREET_RULES, check=_is_street_address)),
        finder_recognizer("location", in_lines(_STREET_WORDS, *_STREET_ONLY_RULES, check=_is_street)),
        finder_recognizer("location", in_lines(words("streets"), _WRITTEN_STREET_RULE, check=_is_street)),
        finder_recognizer("location", in_lines(_BOX_WORDS, *_BOX_RULES)),
        recognizer("location", *_STATED_RULES, needs=r"\b\d{1,6}\b"),
        finder_recognizer("location", in_lines((), *_CITY_ZIP_RULES)),
        finder_recognizer("location", in_lines(words("us_state_codes"), _CITY_STATE_RULE)),
        *_postcodes(),
        *_european(),
        *_coordinates(),
    ]


_STREET_WORDS = words("strong_streets") | {"corner"}
_BOX_WORDS = (
    *("box", "pobox", "apo", "fpo", "dpo", "apartment", "apt", "suite", "ste", "flat"),
    *("uss", "usns", "uscgc", "usnv", "hms"),
)
_NUMBER_WORDS = frozenset(
    "no number one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred oh and".split()
)
_IN_STREET_NAMES = frozenset(("van", "the", "of", "first", "second", "third", "saint", "st", "de", "la", "am", "an"))
_NO_STREETS = frozenset("back side busy same other next wrong right bumpy long dirt toll smooth main".split()) - {
    "main"
}


def _is_street_address(find: str) -> bool:
    """Whether the words between number and street word can be a street's name ("20 minute drive" is none)."""
    spoken = re.findall(r"[^\W\d_][\w'’]*", find.lower())
    while spoken and spoken[0] in _NUMBER_WORDS:
        del spoken[0]
    street = next((index for index, word in enumerate(spoken) if index and word in words("streets")), 0)
    barred = words("not_street_names") | (words("function_words") - _IN_STREET_NAMES)
    return not any(word in barred for word in spoken[:street])


def _is_before_unit(find: str) -> bool:
    """Whether the words between house number and unit can be a street's name ("2 cats in apartment 5" is none)."""
    street = re.split(NUMBERED_UNIT, find)[0]
    barred = words("not_street_names") | (words("function_words") - _IN_STREET_NAMES)
    return not any(word in barred for word in re.findall(r"[^\W\d_]+", street.lower()))


def _is_street(find: str) -> bool:
    """Whether the words before "street" or "road" can be its name ("the street", "your street")."""
    *name, _ = re.findall(r"\w[\w'’]*", find.lower())
    if name[:1] == ["corner"] or name[:2] == ["the", "corner"]:
        return True
    barred = words("function_words", "not_street_names") | _NO_STREETS
    return bool(name) and not any(word in barred - _IN_STREET_NAMES or word == "the" for word in name)


# --- postcodes --------------------------------------------------------------------------------------------------------

_POSTCODE_CUES = phrases("""zip, zip code, zipcode, postal code, postcode, post code, pin code, pincode, code postal,
    postleitzahl, plz, código postal, codigo postal, cep, kod pocztowy, posta kodu, postinumero, почтовый индекс,
    индекс, поштовий індекс, індекс, mã bưu chính, 우편번호, 郵便番号, 邮编, 邮政编码, पिन कोड""")
_MIXED_WORD = frozenset((MIXED,))
_UK = r"[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}"
_CANADA = r"[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]?\d[abceghj-nprstv-z]\d"


def _postcodes() -> list[EntityRecognizer]:
    national = in_lines(
        (),
        Rule(rf"\b{_CANADA}\b", 0.6, holds=(_MIXED_WORD,)),
        Rule(r"\b(?:nsw|vic|qld|tas|act) \d{4}\b", 0.75, holds=(frozenset(("nsw", "vic", "qld", "tas", "act")),)),
    )
    british = in_lines((), Rule(rf"\b{_UK}\b", 0.6, holds=(_MIXED_WORD,)), check=_is_british)
    return [
        *(finder_recognizer("location", find, context=_POSTCODE_CUES, language=ANY) for find in (national, british)),
        recognizer(
            "location",
            Rule(r"\b\d{5}-\d{3}\b", 0.5),
            Rule(r"〒 ?\d{3}-\d{4}", 0.5),
            Rule(rf"{DIGITS}\b\d{{4}} ?[a-z]{{2}}\b", 0.1),
            Rule(rf"{DIGITS}\b(?:\d{{4,6}}\b|\d{{2,3}}-\d{{3,4}}\b|\d{{5}}-\d{{4}}\b|\d{{3}} \d{{2,3}}\b)", 0.05),
            context=_POSTCODE_CUES,
            needs=r"\d{3}",
            language=ANY,
        ),
    ]


def _is_british(postcode: str) -> bool:
    return re.sub(r"\d.*", "", postcode.lower()) in words("uk_postcode_areas")


# --- streets of other languages, coordinates --------------------------------------------------------------------------

_STREET_ENDINGS = phrases(
    "strasse, straße, str., gasse, allee, platz, weg, damm, ufer, straat, laan, plaats, gracht, plein, kade, gatan, "
    "vägen, gata, veien, gade, vej, katu, tie, utca"
)
_STREET_WORDS_BEFORE = phrases(
    "rue, via, calle, avenida, av., rua, plaza, piazza, corso, viale, vicolo, quai, chemin, impasse, allée, camino, "
    "paseo, carrer, carrera, travessa, largo, praça, praca, ulica, ul., ulitsa, prospekt, ctra., c/, улица, ул., "
    "вулиця, вул., đường"
)
_FRENCH_STREETS = phrases("rue, avenue, boulevard, place, quai, chemin, impasse, allée")


def _european() -> list[EntityRecognizer]:
    article = r"(?:de |du |des |la |le |l['’]|d['’])*"
    numbered = in_lines(
        (),
        Rule(
            rf"\b[^\W\d_][\w-]{{2,}}{_any_of(_STREET_ENDINGS)} \d{{1,4}} ?[a-z]?\b",
            0.75,
            holds=(tuple(ending.rstrip(".") for ending in _STREET_ENDINGS),),
        ),
        Rule(
            rf"(?<!\w){_any_of(_STREET_WORDS_BEFORE)} (?:{_WORD} ){{0,4}}{_WORD},? (?:n[.ºo°]? ?)?\d{{1,4}}\b",
            0.75,
            holds=(frozenset(word.rstrip("./") for word in _STREET_WORDS_BEFORE),),
        ),
        Rule(
            rf"\b\d{{1,4}},? (?:bis |ter )?{_any_of(_FRENCH_STREETS)} {article}{_WORD}(?: [A-Z][\w'’-]*)*",
            0.75,
            holds=(frozenset(_FRENCH_STREETS),),
        ),
    )
    bare = Rule(r"\b[A-ZÄÖÜ][\w-]+(?:stra(?:ss|ß)e|allee|platz|straat|gracht|gatan)\b", 0.55, cased=True)
    return [
        finder_recognizer("location", numbered, language=ANY),
        recognizer("location", bare, language=ANY, needs=r"stra(?:ss|ß)e|allee|platz|straat|gracht|gatan"),
    ]


def _any_of(listed: tuple[str, ...]) -> str:
    return either(*map(re.escape, listed))


def _coordinates() -> list[EntityRecognizer]:
    minutes = r"(?:\d{1,2} ?(?:['’′]|minutes?) ?)?(?:\d{1,2}(?:\.\d+)? ?(?:\"|″|”|seconds?) ?)?"
    degrees = rf"\d{{1,3}}(?:\.\d+)? ?(?:°|degrees?) ?{minutes}(?:[NSEW]\b|north|south|east|west)"
    finder = in_lines(
        (),
        Rule(r"(?<![\d.])-?[0-8]?\d\.\d{3,},? ?-?1?\d?\d\.\d{3,}(?![\d.])", 0.75),
        Rule(rf"\b{degrees}(?:,? (?:and )?{degrees})?", 0.85),
        Rule(
            r"\b(?:latitude|longitude|lat|long|lng)(?: is|:)? (?P<value>-?\d{1,3}\.\d+)",
            0.8,
            holds=(frozenset(("latitude", "longitude", "lat", "long", "lng")),),
        ),
    )
    return [finder_recognizer("location", finder, language=ANY)]
