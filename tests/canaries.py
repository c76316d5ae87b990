"""One value of every entity, in a sentence that gives it away, and the search for these values in bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CUSTOMER = "Xanthippe Quillfeather"


class Canary(NamedTuple):
    """`value` stands in `sentence`, which the customer says after `question`."""

    entity: str
    value: str
    sentence: str
    question: str = "Anything else that I should note?"


CANARIES = (
    Canary("person_name", "Xanthippe Quillfeather", "My name is Xanthippe Quillfeather.", "May I have your name?"),
    Canary("account_number", "7730019284", "My account number is 7730019284.", "And the account number?"),
    Canary("banking_information", "DE89370400440532013000", "The IBAN is DE89370400440532013000."),
    Canary("blood_type", "AB negative", "My blood type is AB negative."),
    Canary("credit_card_cvv", "739", "The CVV is 739.", "What is the security code on the back?"),
    Canary("credit_card_expiration", "09/31", "The card expires 09/31.", "And the expiry date of the card?"),
    Canary("credit_card_number", "4929 1234 5678 9013", "My card number is 4929 1234 5678 9013."),
    Canary("date", "March 17th 2024", "It happened on March 17th 2024."),
    Canary("date_of_birth", "11/23/1967", "I was born on 11/23/1967.", "What is your date of birth?"),
    Canary("drivers_license", "Q4471926", "My driver's license number is Q4471926.", "Your driver's license number?"),
    Canary("drug", "lisinopril", "I take lisinopril every morning."),
    Canary("email_address", "x.quillfeather@canary.example.org", "Write to x.quillfeather@canary.example.org please."),
    Canary("event", "Thanksgiving", "I will be away over Thanksgiving."),
    Canary("gender_sexuality", "bisexual", "For your records, I am bisexual."),
    Canary("healthcare_number", "943 476 5919", "My NHS number is 943 476 5919."),
    Canary("injury", "broken collarbone", "I have a broken collarbone."),
    Canary("ip_address", "203.0.113.77", "My IP address is 203.0.113.77."),
    Canary("language", "Norwegian", "I speak Norwegian at home."),
    Canary("location", "4711 Larkspur Avenue", "I live at 4711 Larkspur Avenue.", "What is your address?"),
    Canary("medical_condition", "fibromyalgia", "I have fibromyalgia."),
    Canary("medical_process", "colonoscopy", "I had a colonoscopy last week."),
    Canary("money_amount", "$8,317.42", "They charged me $8,317.42 twice."),
    Canary("nationality", "Paraguayan", "I am Paraguayan."),
    Canary("number_sequence", "5518820047763", "The number on the slip is 5518820047763."),
    Canary("occupation", "beekeeper", "I work as a beekeeper.", "What do you do for a living?"),
    Canary("organization", "Brindlewick Industries", "I work for Brindlewick Industries Inc."),
    Canary("passport_number", "K77120943", "My passport number is K77120943.", "And your passport number?"),
    Canary("password", "hunter7Marmot", "My password is hunter7Marmot.", "What is your password?"),
    Canary("person_age", "68 years old", "I am 68 years old.", "How old are you?"),
    Canary("phone_number", "415-555-2671", "My phone number is 415-555-2671."),
    Canary("political_affiliation", "Republican", "I am a registered Republican."),
    Canary("religion", "Zoroastrian", "I am a Zoroastrian."),
    Canary("url", "https://canary.example.net/u/9917", "My page is https://canary.example.net/u/9917."),
    Canary("us_social_security_number", "536-22-8745", "My social security number is 536-22-8745."),
    Canary("username", "quillx_1967", "My username is quillx_1967.", "What is your username?"),
    Canary("vehicle_id", "1HGCM82633A004352", "The VIN is 1HGCM82633A004352."),
)


def turns() -> Iterator[tuple[str, str]]:
    """A call in which the customer says all values, as (speaker, text)."""
    for canary in CANARIES:
        yield "Agent", canary.question
        yield CUSTOMER, canary.sentence


def chat_lines() -> str:
    lines = [f"{speaker}: {text}" for speaker, text in turns()]
    return "\n".join(lines) + f"\nAgent: Thank you, {CUSTOMER}.\n"


def transcript_json() -> str:
    """The same with times, so that subtitles have something to show."""
    timed = [
        {"speaker": speaker, "text": text, "start": 5.0 * i, "end": 5.0 * i + 4}
        for i, (speaker, text) in enumerate(turns())
    ]
    return json.dumps(timed)


def leaks(content: bytes) -> list[str]:
    """The values that stand in some bytes: as they were said, without their punctuation, and their digits alone."""
    text = content.decode("utf-8", "ignore").casefold()
    squeezed = re.sub(r"[^a-z0-9]", "", text)
    found = []
    for canary in CANARIES:
        value = canary.value.casefold()
        long = re.sub(r"[^a-z0-9]", "", value)
        whole = re.search(rf"(?<![\w.]){re.escape(value)}(?![\w])", text)
        if whole or (len(long) >= 9 and long in squeezed):
            found.append(canary.entity)
    return found


def everything_below(*directories: Path) -> Iterator[tuple[str, bytes]]:
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            yield f"the name {path.name}", path.name.encode()
            if path.is_file():
                yield path.name, path.read_bytes()


def site(url: str, model: str, privacy: str = "") -> str:
    """A configuration with every output, reasons for all findings, and analysis by the language model at `url`."""
    return (
        f'extends = "demo"\n[privacy]\nexplain = true\n{privacy}\n'
        '[output]\nformats = ["json", "txt", "srt", "vtt", "html"]\n[analysis]\nbackend = "vllm"\n'
        f'[analysis.llm]\nbase_url = "{url}"\nmodel = "{model}"\n'
    )
