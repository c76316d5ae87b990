"""The slots of templates: which entity each is (None: no personal data) and how it is filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scripts.train_privacy_model.places import (
    address,
    city,
    country,
    foreign_address,
    place,
    region,
    street,
    street_address,
    unit,
    zip_code,
)
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


def _upper(filler: Filler) -> Filler:
    return lambda values: filler(values).upper()


def title(values: Values) -> str:
    """What a film, a song, a plan or a button may be called: everyday words with capitals, or a made-up word."""
    if values.chance(0.15):
        return coined(values.rng, everyday(values.language))
    words = [values.word().capitalize() for _ in range(values.rng.choice((1, 2, 2, 3)))]
    return " ".join((*values.rng.choice(((), (), ("The",), ("My",))), *words))


def _trade(values: Values) -> str:
    """A title such as registers of occupations have: "paving equipment operator"."""
    words = [values.rng.choice(data_list("en", "trades")) for _ in range(values.rng.choice((1, 2)))]
    return " ".join((*dict.fromkeys(words), values.rng.choice(data_list("en", "trade_titles"))))


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
    "upper": ("person_name", _upper(full)),
    "initials": ("person_name", initials),
    "spelled": ("person_name", spelled),
    "place": ("location", place),
    "city": ("location", city),
    "country": ("location", country),
    "region": ("location", region),
    "street": ("location", street),
    "street_address": ("location", street_address),
    "address": ("location", address),
    "foreign_address": ("location", foreign_address),
    "upper_city": ("location", _upper(city)),
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
    "title": (None, title),
    "product": (None, _listed("products")),
}

ENTITIES = tuple(sorted({entity for entity, _ in SLOTS.values() if entity}))
