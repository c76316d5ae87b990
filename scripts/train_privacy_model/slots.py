"""The slots of templates: which entity each is (None: no personal data) and how it is filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scripts.train_privacy_model.values import Values, capitalized, coined, data_list, everyday, faker_list, lexicon

Filler = Callable[[Values], str]


def full(values: Values) -> str:
    first, last = values.first(), values.last()
    draw = values.rng.random()
    if draw < 0.06:
        return f"{first} {values.rng.choice('ABCDEFGHJKLMNPRSTVW')}. {last}"
    if draw < 0.1:
        return f"{first} {values.first()} {last}"
    if draw < 0.14:
        return f"{first} {last}-{values.last()}"
    if draw < 0.17:
        return f"{first} {values.rng.choice(('van', 'de', 'von', 'de la', 'van der', 'al', 'bin', 'di', 'O'))} {last}"
    return f"{first} {last}"


def name(values: Values) -> str:
    draw = values.rng.random()
    return full(values) if draw < 0.55 else values.first() if draw < 0.9 else values.last()


def initials(values: Values) -> str:
    letters = values.rng.sample("ABCDEFGHJKLMNPRSTVW", 2)
    return values.rng.choice((f"{letters[0]}.", f"{letters[0]}. {letters[1]}.", f"{letters[0]}.{letters[1]}."))


def spelled(values: Values) -> str:
    letters = values.rng.choice((values.first, values.last))().upper().replace(" ", "")
    return values.rng.choice(("", " ", "-", ".")).join(letters)


def place(values: Values) -> str:
    return values.rng.choice((city, city, country, region, city_region))(values)


def city(values: Values) -> str:
    return values.city()


def country(values: Values) -> str:
    return capitalized(values.listed("countries", "countries"))


def region(values: Values) -> str:
    return capitalized(values.listed("regions", "regions"))


def city_region(values: Values) -> str:
    return f"{values.city()}{values.rng.choice((', ', ' '))}{values.rng.choice((region, region, country))(values)}"


def zip_code(values: Values) -> str:
    if values.language == "en" and values.chance(0.2):
        letters = values.rng.choices("ABCDEGHKLMNPRSTW", k=4)
        return f"{letters[0]}{letters[1]}{values.number(1, 29)} {values.number(1, 9)}{letters[2]}{letters[3]}"
    return values.digits(5)


def street(values: Values) -> str:
    return _ordinal_street(values) if values.chance(0.12) and values.language == "en" else _named_street(values)


def _ordinal_street(values: Values) -> str:
    number = values.rng.randint(1, 120)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number not in (11, 12, 13) else 0, "th")
    kind = values.rng.choice(("Street", "Avenue", "St", "Ave"))
    return f"{number}{ending} {kind}"


def _named_street(values: Values) -> str:
    pattern = values.rng.choice(data_list(values.language, "streets"))
    word = values.rng.choice(
        (values.last, values.first, values.city, lambda: values.rng.choice(data_list(values.language, "street_words")))
    )()
    if pattern == "% *":
        suffixes = faker_list("address", "en_US", "street_suffixes")
        kind = (
            values.rng.choice(suffixes)
            if values.chance(0.35)
            else values.rng.choice(
                ("Street", "Road", "Avenue", "Lane", "Drive", "St", "Rd", "Ave", "Court", "Boulevard", "Way", "Place")
            )
        )
        return f"{word} {kind}"
    return pattern.replace("%", word)


def _foreign_street(values: Values) -> str:
    """As streets are written where a number follows, with one before as forms put it: "54 ul. Lubartowska 42"."""
    kind = values.rng.choice(data_list("en", "foreign_streets"))
    before = f"{values.number(1, 99)} " if values.chance(0.6) else ""
    return f"{before}{kind.replace('%', values.last())} {values.number(1, 999)}"


def street_address(values: Values) -> str:
    if values.language == "en" and values.chance(0.18):
        return _foreign_street(values)
    number = values.number(1, 200) if values.chance(0.5) else values.number(200, 99999)
    if values.language in ("de", "es"):
        return f"{street(values)} {number}"
    joint = values.rng.choice((" ", " ", " ", ", "))
    line = f"{number}{joint}{street(values)}"
    if values.language == "en" and values.chance(0.25):
        unit = values.rng.choice(("Apt", "Apt.", "Apartment", "Suite", "Unit", "Flat", "#"))
        line += f"{values.rng.choice((', ', ' ', ' '))}{unit} {values.number(1, 999)}"
    return line


def _military_address(values: Values) -> str:
    box = values.rng.choice(("PO Box", "P.O. Box", "PSC", "Unit", "USNS", "USNV"))
    office = f"{values.rng.choice(('APO', 'FPO', 'DPO'))} {values.rng.choice(('AA', 'AE', 'AP'))}"
    return f"{box} {values.number(1, 9999)}, {office} {values.digits(5)}"


def address(values: Values) -> str:
    draw = values.rng.random()
    if values.language == "en" and draw < 0.04:
        return _military_address(values)
    if draw < 0.2:
        return street_address(values)
    gap = values.rng.choice((", ", ", ", ", ", " ", "\n"))
    if values.language == "en":
        state = values.rng.choice((region(values), values.rng.choice(data_list("en", "state_codes"))))
        tail = values.rng.choice(
            (f"{state} {zip_code(values)}", zip_code(values), state, f"{state} {zip_code(values)}", country(values))
        )
        return f"{street_address(values)}{gap}{values.city()}{values.rng.choice((', ', ' ', ', '))}{tail}"
    return f"{street_address(values)}{gap}{zip_code(values)} {values.city()}"


def _trade(values: Values) -> str:
    """A title such as registers of occupations have: "paving equipment operator"."""
    words = [values.rng.choice(data_list("en", "trades")) for _ in range(values.rng.choice((1, 2)))]
    return " ".join((*dict.fromkeys(words), values.rng.choice(data_list("en", "trade_titles"))))


def unit(values: Values) -> str:
    """A line of an address on its own: "Apt. 068"."""
    kind = values.rng.choice(("Apt.", "Suite", "Apartment", "Flat", "Unit", "Apt", "Floor", "Building"))
    return f"{kind} {values.number(1, 999).zfill(values.rng.choice((1, 3)))}"


def job(values: Values) -> str:
    if values.language == "en" and values.chance(0.15):
        return values.rng.choice((str.capitalize, str.lower, str.title))(_trade(values))
    if values.chance(0.4):
        titles = faker_list(
            "job", {"en": "en_US", "fr": "fr_FR", "es": "es_ES", "de": "de_AT"}[values.language], "jobs"
        )
        title = values.pick(titles).split("/")[0].split(" (")[0]
        head, comma, rest = title.partition(", ")
        title = f"{rest} {head}" if comma and values.chance(0.7) else title
        return title if values.language == "de" else title[:1].lower() + title[1:] if values.chance(0.7) else title
    return values.listed("jobs", "occupations", "plain_occupations")


def nationality(values: Values) -> str:
    listed = values.listed("nationalities", "nationalities", "plain_nationalities")
    return capitalized(listed) if values.language == "en" else listed


def religion(values: Values) -> str:
    listed = values.listed("religions", "religions", "plain_religions")
    return capitalized(listed) if values.language == "en" else listed


def party(values: Values) -> str:
    listed = values.listed("parties", "politics", "plain_politics")
    return capitalized(listed) if values.chance(0.6) else listed


def language(values: Values) -> str:
    listed = values.listed("languages", "languages")
    return capitalized(listed) if values.language == "en" else listed


def event(values: Values) -> str:
    listed = values.listed("events", "events", "plain_events")
    if values.chance(0.2):
        pattern = values.rng.choice(data_list(values.language, "event_patterns"))
        return pattern.replace("%", values.city() if values.chance(0.6) else values.last())
    return capitalized(listed)


def condition(values: Values) -> str:
    return values.listed("conditions", "conditions", "plain_conditions")


def process(values: Values) -> str:
    return values.listed("procedures", "procedures", "plain_procedures")


def drug(values: Values) -> str:
    if values.chance(0.08):
        return coined(values.rng, lexicon("drugs")).lower()
    return values.listed("drugs", "drugs", "plain_drugs") if values.chance(0.7) else values.pick(lexicon("drugs"))


def injury(values: Values) -> str:
    if values.chance(0.5):
        hurt = values.rng.choice(data_list(values.language, "hurt_forms"))
        return hurt.replace("%", values.rng.choice(data_list(values.language, "body_parts")))
    return values.listed("injuries", "injuries")


def injury_verb(values: Values) -> str:
    hurt = values.rng.choice(data_list(values.language, "hurt_verbs"))
    return hurt.replace("%", values.rng.choice(data_list(values.language, "body_parts")))


def gender(values: Values) -> str:
    return values.listed("genders", "identities")


def blood(values: Values) -> str:
    group = values.rng.choice(("A", "B", "AB", "O", "O", "0"))
    sign = values.rng.choice(data_list(values.language, "rhesus"))
    return f"{group}{sign.replace('~', ' ')}"


def age(values: Values) -> str:
    return values.number(1, 99)


def age_years(values: Values) -> str:
    forms = data_list(values.language, "age_years")
    return values.rng.choice(forms).replace("%", age(values)) if values.chance(0.7) else age(values)


def age_old(values: Values) -> str:
    return values.rng.choice(data_list(values.language, "age_old")).replace("%", age(values))


def number(values: Values) -> str:
    return values.digits(values.rng.choice((1, 1, 2, 2, 3, 4, 4, 6, 9, 10, 16)))


def phone(values: Values) -> str:
    return values.rng.choice(("-", " ", "", ".")).join((values.digits(3), values.digits(3), values.digits(4)))


def email(values: Values) -> str:
    user = f"{values.first()}{values.rng.choice(('.', '_', ''))}{values.last()}".lower().replace(" ", "")
    return f"{user}@{values.rng.choice(('gmail.com', 'example.org', 'yahoo.com', 'web.de', 'outlook.com'))}"


def money(values: Values) -> str:
    return values.rng.choice(data_list(values.language, "money")).replace("%", values.number(1, 2000))


def date(values: Values) -> str:
    pattern = values.rng.choice(data_list(values.language, "dates"))
    month = values.rng.choice(data_list(values.language, "months"))
    return pattern.replace("%d", values.number(1, 28)).replace("%m", month).replace("%y", values.number(1950, 2030))


def _listed(name: str) -> Filler:
    return lambda values: values.rng.choice(data_list(values.language, name))


SLOTS: Mapping[str, tuple[str | None, Filler]] = {
    "name": ("person_name", name),
    "full": ("person_name", full),
    "first": ("person_name", lambda values: values.first()),
    "last": ("person_name", lambda values: values.last()),
    "initials": ("person_name", initials),
    "spelled": ("person_name", spelled),
    "place": ("location", place),
    "city": ("location", city),
    "country": ("location", country),
    "region": ("location", region),
    "street": ("location", street),
    "street_address": ("location", street_address),
    "address": ("location", address),
    "zip": ("location", zip_code),
    "unit": ("location", unit),
    "org": ("organization", lambda values: values.company()),
    "job": ("occupation", job),
    "nat": ("nationality", nationality),
    "natadj": ("nationality", lambda values: values.pick(data_list(values.language, "natadjs"))),
    "lang": ("language", language),
    "rel": ("religion", religion),
    "rel_faith": ("religion", lambda values: values.rng.choice(data_list(values.language, "faiths"))),
    "party": ("political_affiliation", party),
    "event": ("event", event),
    "gender": ("gender_sexuality", gender),
    "blood": ("blood_type", blood),
    "age": ("person_age", age),
    "age_years": ("person_age", age_years),
    "age_old": ("person_age", age_old),
    "cond": ("medical_condition", condition),
    "proc": ("medical_process", process),
    "drug": ("drug", drug),
    "injury": ("injury", injury),
    "injury_verb": ("injury", injury_verb),
    "num": (None, number),
    "phone": (None, phone),
    "email": (None, email),
    "money": (None, money),
    "date": (None, date),
    "year": (None, lambda values: values.number(1950, 2030)),
    "time": (None, lambda values: f"{values.number(1, 12)}:{values.digits(2)}"),
    "letter": (None, lambda values: values.rng.choice("ABCDEFGHIJKLMNOPRSTUVW")),
    "weekday": (None, _listed("weekdays")),
    "month": (None, _listed("months")),
    "w": (None, lambda values: values.rng.choice(everyday(values.language))),
    "product": (None, _listed("products")),
}

ENTITIES = tuple(sorted({entity for entity, _ in SLOTS.values() if entity}))
