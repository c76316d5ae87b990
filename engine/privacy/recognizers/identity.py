"""Numbers that states, insurers and manufacturers give: national ids, passports, licences, health, vehicles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import ANY, Rule, phrases, recognizer
from engine.privacy.recognizers.checksums import chinese_id, cpf, digits, luhn, nir, snils, vin
from engine.privacy.recognizers.forms import END, FOUR, JOIN, START, code, run

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_SOCIAL_CUES = phrases(
    """
    social security, social security number, social, ssn, tax id, taxpayer, itin, national insurance,
    national id, ni number, social insurance, sin number, aadhaar, pan card, identity card,
    identification number
    """
)
_PASSPORT_CUES = phrases(
    """
    passport, passport number, pasaporte, passeport, reisepass, passaporto, паспорт, 護照, 여권
    """
)
_LICENSE_CUES = phrases(
    """
    driver's license, drivers license, driver license, driving license, driver's licence, drivers licence,
    driving licence, license number, licence number, driver's license number, dl number, learner's permit,
    state id
    """
)
_HEALTH_CUES = phrases(
    """
    medicare, medicaid, health insurance, health plan, insurance id, insurance number, nhs, medical record,
    mrn, patient id, patient number, health card, npi, dea, prescription, rx, group number, subscriber id,
    member id on the insurance
    """
)
_VEHICLE_CUES = phrases(
    """
    license plate, licence plate, plate, plate number, number plate, registration, vehicle registration,
    reg number, tag number, vin, vehicle identification number, chassis, serial, serial number, imei,
    device id
    """
)


def recognizers() -> list[EntityRecognizer]:
    """us_social_security_number, passport_number, drivers_license, healthcare_number, vehicle_id."""
    return [*_national(), *_documents(), *_vehicles()]


def _national() -> list[EntityRecognizer]:
    return [
        recognizer(
            "us_social_security_number",
            Rule(rf"{START}\d{{3}}-\d{{2}}-\d{{4}}{END}", 0.85, digits=9),
            Rule(rf"{START}\d{{3}} \d{{2}} \d{{4}}{END}", 0.6, digits=9),
            Rule(run(8, 12), 0.2, digits=8),
            Rule(FOUR, 0.14, digits=4),
            Rule(code(8, 12), 0.2),
            Rule(r"(?<!\w)[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z](?!\w)", 0.55, cased=True),
            context=_SOCIAL_CUES,
            needs=r"\d",
        ),
        recognizer(
            "us_social_security_number",
            Rule(
                rf"{START}[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{{3}} ?\d{{3}} ?\d\d{END}", 0.9, digits=6
            ),
            check=nir,
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "us_social_security_number",
            Rule(rf"{START}\d{{3}}[. ]?\d{{3}}[. ]?\d{{3}}[- ]?\d\d{END}", 0.9, digits=11),
            rate=_dotted_cpf,
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "us_social_security_number",
            Rule(rf"{START}\d{{6}}(?:19|20)\d{{9}}[\dX](?!\w)", 0.95, digits=17),
            check=chinese_id,
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "us_social_security_number",
            Rule(rf"{START}\d{{3}}-\d{{3}}-\d{{3}}[ -]\d\d{END}", 0.9, digits=11),
            check=snils,
            needs=r"\d",
            language=ANY,
        ),
    ]


def _dotted_cpf(value: str) -> float:
    """Check digits of plain eleven digits hold by chance once in a hundred, so that form alone is weaker."""
    if not cpf(value):
        return 0.0
    return 0.9 if "." in value else 0.55


def _documents() -> list[EntityRecognizer]:
    return [
        recognizer(
            "passport_number",
            Rule(run(6, 10), 0.18, digits=6),
            Rule(code(6, 10), 0.22),
            context=_PASSPORT_CUES,
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "drivers_license",
            Rule(run(5, 16), 0.18, digits=5),
            Rule(code(5, 18), 0.22),
            context=_LICENSE_CUES,
            needs=r"\d",
        ),
        recognizer(
            "healthcare_number",
            Rule(run(5, 16), 0.18, digits=5),
            Rule(code(5, 16), 0.22),
            Rule(rf"{START}\d{{3}} \d{{3}} \d{{4}}{END}", 0.2, digits=10),
            context=_HEALTH_CUES,
            needs=r"\d",
        ),
    ]


def _vehicles() -> list[EntityRecognizer]:
    return [
        recognizer(
            "vehicle_id",
            Rule(r"(?<!\w)(?=\w*\d\w*\d\w*\d)(?=\w*[A-HJ-NPR-Z])[A-HJ-NPR-Z0-9]{17}(?!\w)", 0.7),
            rate=lambda value: 0.95 if vin(value) else 0.7,
            needs=r"\w{17}",
            language=ANY,
        ),
        recognizer(
            "vehicle_id",
            Rule(rf"{START}\d{{2}}{JOIN}\d{{6}}{JOIN}\d{{6}}{JOIN}\d{END}", 0.3, digits=15),
            context=("imei", "device", "handset", "phone"),
            check=luhn,
            needs=r"\d",
            language=ANY,
        ),
        recognizer(
            "vehicle_id",
            Rule(run(4, 20), 0.17, digits=4),
            Rule(
                r"(?<![\w@.-])(?=[\d -]*[A-Z])[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5}(?: [A-Z0-9]{3})?(?![\w@-])",
                0.18,
                cased=True,
            ),
            Rule(code(5, 24), 0.2),
            context=_VEHICLE_CUES,
            check=lambda value: bool(digits(value)),
            needs=r"\d",
        ),
        recognizer(
            "vehicle_id",
            Rule(r"\b(?:plate|registration|tag)(?: number)?(?: is|:)? (?P<value>(?-i:[A-Z]{4,8}))\b", 0.7),
            needs="plate|registration|tag",
        ),
    ]
