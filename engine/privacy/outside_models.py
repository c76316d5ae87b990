"""Models of other projects, each loaded from a local directory with its own library: spaCy, transformers, GLiNER."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.errors import ModelError
from engine.privacy.entities import DEFINITIONS, ENTITIES

Found = tuple[str, int, int, float | None]
"""(label, start, end, sureness or None)"""

Tag = Callable[[Sequence[str]], Iterable[Iterable[Found]]]
"""From texts to what each holds."""

# The labels of well-known models as our entities. Letter case, and the B- or I- before a label, do not count.
_LABELS: Mapping[str, str] = {
    "per person name first_name firstname last_name lastname surname given_name givenname middlename full_name patient "
    "doctor staff hcw": "person_name",
    "loc location gpe fac facility address street streetaddress street_address city state country county zip zipcode "
    "postcode building buildingnumber secondaryaddress": "location",
    "org organization organisation company companyname hosp hospital vendor patorg": "organization",
    "norp nrp ethnicity race": "nationality",
    "job jobtitle job_title profession title jobarea": "occupation",
    "political politics political_party": "political_affiliation",
    "holiday": "event",
    "gender sex sexuality": "gender_sexuality",
    "disease condition problem medical_problem disorder symptom": "medical_condition",
    "treatment procedure test": "medical_process",
    "medication medicine chemical": "drug",
    "age": "person_age",
    "date_time datetime": "date",
    "dob dateofbirth": "date_of_birth",
    "money amount": "money_amount",
    "phone phonenumber telephone telephonenum phone_num": "phone_number",
    "email mail": "email_address",
    "ssn socialnum social_security_number us_ssn idcardnum": "us_social_security_number",
    "credit_card creditcardnumber card_number": "credit_card_number",
    "creditcardcvv cvv": "credit_card_cvv",
    "iban iban_code accountnum bank_account": "banking_information",
    "accountnumber account": "account_number",
    "driverlicensenum us_driver_license driver_license": "drivers_license",
    "us_passport passport passport_num": "passport_number",
    "medicalrecord health_insurance_id": "healthcare_number",
    "ip ipv4 ipv6 mac": "ip_address",
    "domain_name website": "url",
    "user_name": "username",
    "pin": "password",
    "vehiclevin vehiclevrm license_plate": "vehicle_id",
    "id id_num idnum": "number_sequence",
}
_ENTITY_OF = {label: entity for labels, entity in _LABELS.items() for label in labels.split()}
_NOT_PERSONAL = frozenset(
    "o misc cardinal ordinal percent quantity time product work_of_art law label_0 prefix currency".split()
)


def entity(label: str) -> str | None:
    """Which of the 36 a label means; None: nothing personal, or a label that is not known."""
    name = _plain(label)
    return name if name in ENTITIES else _ENTITY_OF.get(name)


def check_labels(model: str, labels: Iterable[str]) -> None:
    """Report the labels that mean nothing here; raises ModelError where that is all of them."""
    named = {label for label in labels if _plain(label) not in _NOT_PERSONAL}
    unknown = sorted(label for label in named if entity(label) is None)
    if len(unknown) == len(named):
        raise ModelError(
            f"privacy model {model} has no label that means one of the 36 entities",
            received=", ".join(unknown) or "no labels",
            expected=f"labels such as PERSON, LOC, ORG or {', '.join(ENTITIES[:3])}",
            remedy="choose a model for personal data or named entities",
        )
    if unknown:
        logging.getLogger(__name__).warning("privacy model %s: labels not used: %s", model, ", ".join(unknown))


def spacy_tags(name: str) -> Tag:
    """An installed spaCy package or a spaCy directory; only what its entity recognizer needs is loaded."""
    import spacy

    nlp = _loaded(
        "spaCy", name, lambda: spacy.load(name, exclude=["parser", "lemmatizer", "attribute_ruler", "senter"])
    )
    if "ner" not in nlp.pipe_names:
        raise ModelError(f"privacy model {name} has no entity recognizer", expected='a pipe named "ner"')
    check_labels(name, nlp.get_pipe("ner").labels)

    def tag(texts: Sequence[str]) -> Iterator[list[Found]]:
        for doc in nlp.pipe(texts, batch_size=256):
            yield [(span.label_, span.start_char, span.end_char, None) for span in doc.ents]

    return tag


def transformers_tags(path: str) -> Tag:
    """A Hugging Face token classification directory (config.json, weights, tokenizer)."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    transformers = _library("transformers", "transformers torch")
    pipeline = _loaded(
        "transformers",
        path,
        lambda: transformers.pipeline("token-classification", path, aggregation_strategy="first", device=-1),
    )
    check_labels(path, pipeline.model.config.id2label.values())

    def tag(texts: Sequence[str]) -> Iterator[list[Found]]:
        for found in pipeline(list(texts), batch_size=16) if texts else ():
            yield [(item["entity_group"], item["start"], item["end"], float(item["score"])) for item in found]

    return tag


def gliner_tags(path: str) -> Tag:
    """A GLiNER directory; it is asked for our entities by what they mean."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    gliner = _library("gliner", "gliner")
    model = _loaded("GLiNER", path, lambda: gliner.GLiNER.from_pretrained(path, local_files_only=True))
    asked = {name.replace("_", " "): name for name in DEFINITIONS}

    def tag(texts: Sequence[str]) -> Iterator[list[Found]]:
        for found in model.batch_predict_entities(list(texts), list(asked), threshold=0.5) if texts else ():
            yield [(asked[item["label"]], item["start"], item["end"], float(item["score"])) for item in found]

    return tag


LAYOUTS: Mapping[str, Callable[[str], Tag]] = {
    "gliner_config.json": gliner_tags,
    "meta.json": spacy_tags,
    "config.json": transformers_tags,
}
"""By the file that tells a directory's layout, in the order in which they are looked for."""


def _plain(label: str) -> str:
    name = label.lower().replace("-", "_").replace(" ", "_")
    return name[2:] if name[:2] in ("b_", "i_", "e_", "s_", "l_", "u_") else name


def _library(name: str, packages: str) -> Any:
    try:
        return __import__(name)
    except ImportError as error:
        raise ModelError(
            f"this privacy model needs the library {name}",
            remedy=f'install it where there is a network: pip install {packages}; or set [privacy] model = "bundled"',
        ) from error


def _loaded(kind: str, name: str, load: Callable[[], Any]) -> Any:
    """The model loaded; whatever its library raises becomes one plain error."""
    try:
        return load()
    except Exception as error:  # these libraries raise whatever they come upon
        raise ModelError(
            f"privacy model {name} cannot be loaded: {type(error).__name__}",
            expected=f"a complete {kind} model",
            remedy='copy it again, or set [privacy] model = "bundled"',
        ) from error
