"""The 36 entity names: the only names for personal data that the engine reads, writes or accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from engine.errors import ConfigurationError, UnknownNameError

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "account_number": "Number of a customer's account, policy, membership, order or case, whole or its last digits",
        "banking_information": "Bank details: IBAN, BIC, routing number, sort code, number of a bank account",
        "blood_type": "Blood group with or without its Rh factor",
        "credit_card_cvv": "Card verification code (CVV, CVC, CID)",
        "credit_card_expiration": "Month and year in which a payment card expires",
        "credit_card_number": "Number of a payment card, whole or its last four digits",
        "date": "Calendar date that is not a date of birth; a bare year, weekday or time of day is not one",
        "date_of_birth": "Date on which a person was born",
        "drivers_license": "Number of a driving licence",
        "drug": "Medicine, vitamin, supplement or recreational drug",
        "email_address": "E-mail address, typed or spoken",
        "event": "Named event or holiday",
        "gender_sexuality": "Gender identity or sexual orientation",
        "healthcare_number": "Number of a health insurance, patient, medical record or prescriber",
        "injury": "Bodily injury",
        "ip_address": "IPv4, IPv6 or MAC address",
        "language": "Name of a natural language",
        "location": "Address or its parts, place, postcode, coordinates",
        "medical_condition": "Disease, symptom, disorder or disability",
        "medical_process": "Treatment, procedure or test",
        "money_amount": "Amount of money with its currency",
        "nationality": "Nationality, citizenship, ethnicity or race",
        "number_sequence": "Numeric or alphanumeric personal data in no other category",
        "occupation": "Job title or profession",
        "organization": "Company, institution, agency or team",
        "passport_number": "Number of a passport",
        "password": "Password, PIN, one-time code, security word or its answer",
        "person_age": "Age of a person",
        "person_name": "Name of a person, whole or in part, also spelled out",
        "phone_number": "Telephone or fax number",
        "political_affiliation": "Party, movement or political leaning",
        "religion": "Religion or denomination",
        "url": "Web address",
        "us_social_security_number": "US social security number or an equivalent national id, whole or its last digits",
        "username": "Login, user name, screen name or handle",
        "vehicle_id": "Vehicle identification number, plate or serial number of a device",
    }
)

ENTITIES: tuple[str, ...] = tuple(DEFINITIONS)


def resolve_entities(names: Iterable[str], custom: Iterable[str] = ()) -> frozenset[str]:
    """The entities that `names` ask for: ("all",), ("none",) or names of the 36 and of the `custom` ones.

    Raises UnknownNameError with the nearest name, and ConfigurationError where "all" or "none" is not alone.
    """
    asked, known = tuple(names), (*ENTITIES, *custom)
    for name in asked:
        if name not in (*known, "all", "none"):
            raise UnknownNameError("entity", name, (*known, "all", "none"))
    if len(asked) > 1 and {"all", "none"} & set(asked):
        raise ConfigurationError("entities", received=", ".join(asked), expected='"all" or "none" alone, or a list')
    if asked == ("all",):
        return frozenset(known)
    return frozenset(asked) - {"none"}
