"""Which model a configuration gets, what it finds beside the patterns, and that a broken one is refused."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.config_types import PrivacyConfig
from engine.errors import ModelError, UnknownNameError
from engine.models import BUNDLED_PRIVACY, bundled_model, local_models, verify
from engine.privacy import ENTITIES, load_privacy_filter, outside_models
from engine.privacy.hits import Hit
from engine.privacy.model import least_sure, load_model, may_be, within
from engine.privacy.search import MODEL, Search, joined
from engine.privacy.tagger import WEIGHTS

Find = Callable[..., set[tuple[str, str]]]


@pytest.fixture(scope="module")
def find() -> Find:
    """`find(turns, language)`: what the bundled model alone finds, as (entity, characters)."""
    model = load_model("bundled")
    assert model

    def found(*turns: str, language: str = "en") -> set[tuple[str, str]]:
        return {(hit.entity, turns[hit.turn][hit.start : hit.end]) for hit in model.find(turns, language)}

    return found


def test_the_bundled_model_is_whole_and_listed() -> None:
    assert verify(bundled_model(BUNDLED_PRIVACY)) == []
    assert any(model.name == bundled_model(BUNDLED_PRIVACY).name for model in local_models())


@pytest.mark.parametrize(
    ("turns", "entity", "value"),
    [
        (("may i have your name please", "it's vinka oradovic"), "person_name", "vinka oradovic"),
        (("I spoke to Vinka Oradovic yesterday.",), "person_name", "Vinka Oradovic"),
        (("what city do you live in", "i live in brodarevo"), "location", "brodarevo"),
        (
            ("Please ship it to 48 Telford Lane, Brodarevo, OH 44120.",),
            "location",
            "48 Telford Lane, Brodarevo, OH 44120",
        ),
        (("where do you work", "i work at tellora insurance"), "organization", "tellora insurance"),
        (("what do you do for a living", "i'm a forklift operator"), "occupation", "forklift operator"),
        (("i was diagnosed with type 2 diabetes last year",), "medical_condition", "type 2 diabetes"),
        (("i take metformin twice a day",), "drug", "metformin"),
        (("she is scheduled for knee surgery on monday",), "medical_process", "knee surgery"),
        (("i speak portuguese at home",), "language", "portuguese"),
    ],
)
def test_english(find: Find, turns: tuple[str, ...], entity: str, value: str) -> None:
    assert (entity, value) in find(*turns)


@pytest.mark.parametrize(
    ("language", "turns", "entity", "value"),
    [
        (
            "fr",
            ("quel est votre nom s'il vous plaît", "je m'appelle camille durochard"),
            "person_name",
            "camille durochard",
        ),
        ("fr", ("J'habite à Besançon depuis trois ans.",), "location", "Besançon"),
        ("es", ("me puede dar su nombre", "me llamo leticia barrondo"), "person_name", "leticia barrondo"),
        ("es", ("Vivo en Valladolid desde hace dos años.",), "location", "Valladolid"),
        ("de", ("wie ist ihr name", "mein name ist jannik overbeck"), "person_name", "jannik overbeck"),
        ("de", ("Ich wohne in Oldenburg und möchte kündigen.",), "location", "Oldenburg"),
    ],
)
def test_other_languages(find: Find, language: str, turns: tuple[str, ...], entity: str, value: str) -> None:
    assert (entity, value) in find(*turns, language=language)


@pytest.mark.parametrize(
    "turns",
    [
        ("may i help you with anything else today", "no that will be all thanks"),
        ("Please mark the box and I will check the bill.",),
        ("the router keeps dropping the connection in the evening",),
        ("Your payment is due by the end of the month.",),
        ("i'd like a turkey sandwich with swiss cheese please",),
        ("fine",),
        ("担当は山本です",),
        ("404",),
    ],
)
def test_nothing_personal(find: Find, turns: tuple[str, ...]) -> None:
    assert find(*turns) == set()


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("and Holm", (0, 8), "Holm"),
        ("(c)", (0, 3), "(c)"),
        ("Vinka, or", (0, 9), "Vinka"),
        ("- Orme Inc.,", (0, 12), "Orme Inc."),
        ("AT&T", (0, 4), "AT&T"),
        ("Anders Holm", (0, 11), "Anders Holm"),
        ("und", (0, 3), "und"),
    ],
)
def test_a_find_goes_without_what_connects_it(text: str, span: tuple[int, int], value: str) -> None:
    start, end = within(text, *span)
    assert text[start:end] == value


@pytest.mark.parametrize(
    ("entity", "value", "turn", "least"),
    [
        ("organization", "silver lamps", "They sell silver lamps in Leeds.", 0.95),
        ("organization", "silver lamps", "they sell silver lamps in leeds", 0.9),
        ("organization", "silver bank", "i am with silver bank in leeds", 0.6),
        ("organization", "tellora", "i am with tellora", 0.6),
        ("organization", "Silver Lamps", "They like Silver Lamps.", 0.6),
        ("drug", "aspirin", "Ask Ann for aspirin in Leeds.", 0.5),
    ],
)
def test_in_written_text_a_name_without_a_capital_must_be_sure(
    entity: str, value: str, turn: str, least: float
) -> None:
    assert least_sure(entity, value, turn) == least


@pytest.mark.parametrize(
    ("entity", "value", "probability", "kept"),
    [
        ("person_name", "Mark", 0.95, True),
        ("person_name", "Mark", 0.8, False),
        ("person_name", "mark", 0.99, False),
        ("occupation", "music", 0.99, False),
        ("occupation", "nurse", 0.9, True),
        ("location", "c", 0.9, False),
        ("location", "E1", 0.9, True),
    ],
)
def test_everyday_words_and_letters(entity: str, value: str, probability: float, kept: bool) -> None:
    assert may_be(entity, value, "en", probability) is kept


def test_languages_without_a_model_are_searched_with_patterns() -> None:
    model = load_model("bundled")
    assert model and model.knows("en") and not model.knows("ja")
    search = Search(frozenset(ENTITIES), 0.4, model=model)
    assert [hit.entity for hit in search.find(["メールは taro@example.jp です"], "ja")[0]] == ["email_address"]


def test_a_find_is_cut_to_the_entities_asked_for_and_says_who_found_it() -> None:
    search = Search(frozenset({"person_name"}), 0.4, model=load_model("bundled"))
    hits = [hit for found in search.find(["what is your name", "vinka oradovic from brodarevo"], "en") for hit in found]
    assert hits and {hit.entity for hit in hits} == {"person_name"}


def test_none_is_no_model() -> None:
    assert load_model("none") is None


def test_overlapping_finds_of_one_entity_are_one_where_the_model_has_part() -> None:
    turn = "at 12 Elm Street, Brodarevo"
    street = Hit("location", 3, 16, 0.8, "12 Elm Street", "location", "rule")
    whole = Hit("location", 3, 27, 0.6, "12 Elm Street, Brodarevo", "model", MODEL)
    other = Hit("person_name", 18, 27, 0.5, "Brodarevo", "person_name", "rule")
    assert joined(turn, [street, whole, other]) == [whole._replace(score=0.8, recognizer="location"), other]
    assert joined(turn, [street, whole._replace(why="rule")]) == [street, whole._replace(why="rule")]


# --- models that will not do ------------------------------------------------------------------------------------------


def test_a_model_that_is_nowhere() -> None:
    with pytest.raises(ModelError, match="does not exist"):
        load_privacy_filter(PrivacyConfig(model="/no/such/model"))
    with pytest.raises(UnknownNameError):
        load_model("privacy-nanno")


def test_a_damaged_copy_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundled_model(BUNDLED_PRIVACY), copy)
    weights = copy / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"damaged.*weights"):
        load_model(str(copy))


def test_a_directory_of_no_known_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"cannot be read.*expected.*config\.json"):
        load_model(str(tmp_path))


@pytest.mark.parametrize(("file", "library"), [("config.json", "transformers"), ("gliner_config.json", "gliner")])
def test_a_missing_library_is_named(tmp_path: Path, file: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / file).write_text("{}")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ModelError, match=f"needs the library {library}.*pip install {library}"):
        load_model(str(tmp_path))


# --- models of other projects -----------------------------------------------------------------------------------------


def test_a_spacy_directory(tmp_path: Path) -> None:
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("PERSON")
    nlp.get_pipe("ner").add_label("GPE")
    nlp.initialize()
    nlp.to_disk(tmp_path / "pipeline")
    model = load_model(str(tmp_path / "pipeline"))
    assert model and model.knows("fi")
    turns = ["Vinka Oradovic lives in Brodarevo", ""]
    for found in model.find(turns, "en"):
        assert found.entity in ("person_name", "location")
        assert turns[found.turn][found.start : found.end]


def test_a_broken_spacy_directory(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(json.dumps({"lang": "en"}))
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(str(tmp_path))


@pytest.mark.parametrize(
    ("label", "entity"),
    [
        ("PERSON", "person_name"),
        ("B-PER", "person_name"),
        ("I-LOC", "location"),
        ("GPE", "location"),
        ("email", "email_address"),
        ("DRIVER_LICENSE", "drivers_license"),
        ("blood type", "blood_type"),
        ("CARDINAL", None),
        ("frobnicate", None),
    ],
)
def test_labels_of_other_projects(label: str, entity: str | None) -> None:
    assert outside_models.entity(label) == entity


def test_labels_that_mean_nothing_are_reported_and_a_model_of_such_alone_is_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outside_models.check_labels("m", ["O", "PER", "FROB"])
    assert "FROB" in caplog.text
    with pytest.raises(ModelError, match="no label"):
        outside_models.check_labels("m", ["O", "FROB"])
