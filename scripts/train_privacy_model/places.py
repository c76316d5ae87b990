"""What the slots of places are filled with: towns, countries, streets, addresses as people and forms write them."""

from __future__ import annotations

from scripts.train_privacy_model.values import Values, capitalized, data_list, faker_list

_STREET_LISTS = (
    *(
        ("cs_CZ", "streets"),
        ("da_DK", "street_names"),
        ("hr_HR", "streets"),
        ("id_ID", "streets"),
        ("pl_PL", "streets"),
    ),
    *(("sk_SK", "streets"), ("sl_SI", "streets")),
)
"""Faker's locales that list streets."""


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


def foreign_address(values: Values) -> str:
    """An address over several lines or in one, as forms for all the world print it, whatever the country."""
    number = values.number(1, 99).zfill(2) if values.chance(0.7) else ""
    streets = faker_list("address", *values.rng.choice(_STREET_LISTS))
    kind = values.rng.choice((values.pick(streets), values.pick(streets), street(values), _foreign_street(values)))
    gap = values.rng.choice((", ", "\n", "\n", "\n "))
    parts = [f"{number} {kind} {values.number(1, 999) if values.chance(0.6) else ''}".strip()]
    if values.chance(0.6):
        joint = values.rng.choice((" ", gap))
        parts = [
            f"{parts[0]}{joint}{values.rng.choice(('Apt.', 'Suite', 'Apt', 'Unit'))} {values.number(1, 999).zfill(3)}"
        ]
    parts.append(values.city() if values.chance(0.85) else values.city().upper())
    if values.chance(0.2):
        parts.append("".join(values.rng.choices("ABCDEGHKLMNPRSTW", k=2)))
    if values.chance(0.75):
        parts.append(f"{country(values)} {values.digits(5) if values.chance(0.7) else ''}".strip())
    return gap.join(parts)


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
    office = f"{values.rng.choice(('APO', 'FPO', 'DPO'))} {values.rng.choice(('AA', 'AE', 'AP'))} {values.digits(5)}"
    gap = values.rng.choice((", ", "\n", "\n"))
    if values.chance(0.4):
        return f"{values.rng.choice(('USS', 'USNS', 'USCGC', 'USNV'))} {values.last()}{gap}{office}"
    box = values.rng.choice(("PO Box", "P.O. Box", "PSC", "Unit"))
    return f"{box} {values.number(1, 9999)}{values.rng.choice((' ', ', '))}Box {values.number(1, 9999)}{gap}{office}"


def address(values: Values) -> str:
    draw = values.rng.random()
    if values.language == "en" and draw < 0.12:
        return _military_address(values) if draw < 0.04 else foreign_address(values)
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


def unit(values: Values) -> str:
    """A line of an address on its own: "Apt. 068"."""
    kind = values.rng.choice(("Apt.", "Suite", "Apartment", "Flat", "Unit", "Apt", "Floor", "Building"))
    return f"{kind} {values.number(1, 999).zfill(values.rng.choice((1, 3)))}"
