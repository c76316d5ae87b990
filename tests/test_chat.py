"""Chats of any shape become transcripts; the names of speakers do not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.chat import ChatTurn, from_turns, parse_chat, read_chat
from engine.chat.formats import parse_turns
from engine.chat.names import NameMask, role_of
from engine.chat.times import seconds_after_first
from engine.errors import CallEngineError, InputError, UnknownNameError


def turns(text: str) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in parse_turns(text)]


def lines(transcript) -> list[tuple[str, str, str]]:
    return [(utterance.speaker, utterance.role, utterance.text) for utterance in transcript.utterances]


# --- "Speaker: text" lines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Agent: Hello\nCustomer: Hi", [("Agent", "Hello"), ("Customer", "Hi")], id="plain"),
        pytest.param("Agent:Hello\r\nCustomer :Hi\r\n", [("Agent", "Hello"), ("Customer", "Hi")], id="odd spaces"),
        pytest.param("\ufeffAgent: Hello", [("Agent", "Hello")], id="byte order mark"),
        pytest.param("[00:01:22] Agent: Hello", [("Agent", "Hello")], id="time"),
        pytest.param("[00:01.2] Agent (S1): Hello", [("Agent (S1)", "Hello")], id="our own text report"),
        pytest.param("10:33 Ann: Hello\n10:34 PM Ben: Hi", [("Ann", "Hello"), ("Ben", "Hi")], id="bare time"),
        pytest.param("12/05/24, 10:33 - Ann: Hello", [("Ann", "Hello")], id="exported from a phone"),
        pytest.param("[2024-05-12 10:33:12] Ann: Hello", [("Ann", "Hello")], id="date and time"),
        pytest.param(
            "Ann: one\n  two\n\nthree\nBen: four", [("Ann", "one two three"), ("Ben", "four")], id="continued"
        ),
        pytest.param("Ann:\nHello", [("Ann", "Hello")], id="text on the next line"),
        pytest.param("Ann: look: https://a.example/x", [("Ann", "look: https://a.example/x")], id="colon in the text"),
        pytest.param("Ann: see\nhttps://a.example/x", [("Ann", "see https://a.example/x")], id="URL on a line"),
        pytest.param("Ann: at\n10:30 it rang: twice", [("Ann", "at 10:30 it rang: twice")], id="time in the text"),
        pytest.param("Ann: you need this: a passport", [("Ann", "you need this: a passport")], id="two colons"),
        pytest.param(
            "Ann: sure\nHere is what you need: a passport",
            [("Ann", "sure Here is what you need: a passport")],
            id="clause",
        ),
        pytest.param(
            "Ben: it is\nOrder number: 4711\nE-Mail: b@c.example\nPS: hurry",
            [("Ben", "it is Order number: 4711 E-Mail: b@c.example PS: hurry")],
            id="fields of a form",
        ),
        pytest.param("Dr. Rosa de la Cruz: Hola", [("Dr. Rosa de la Cruz", "Hola")], id="a long name"),
        pytest.param("J. O'Neil-Smith: Hi", [("J. O'Neil-Smith", "Hi")], id="initial, apostrophe, hyphen"),
        pytest.param("Anna (Agent): Hi", [("Anna (Agent)", "Hi")], id="name and role"),
        pytest.param("customer service: Hi", [("customer service", "Hi")], id="role in lower case"),
        pytest.param("SPEAKER_00: Hi\nSPEAKER_01: Ho", [("SPEAKER_00", "Hi"), ("SPEAKER_01", "Ho")], id="labels"),
        pytest.param("john.smith: Hi\nuser_42: Ho", [("john.smith", "Hi"), ("user_42", "Ho")], id="user names"),
        pytest.param("[PERSON_NAME_1]: Hi", [("[PERSON_NAME_1]", "Hi")], id="a redacted name"),
        pytest.param("客服：您好", [("客服", "您好")], id="full-width colon"),
        pytest.param("hello\nthere", [("", "hello"), ("", "there")], id="no speaker"),
        pytest.param("Chat of Monday\nAnn: Hi", [("", "Chat of Monday"), ("Ann", "Hi")], id="a heading"),
        pytest.param("Ann:\nBen: Hi", [("Ann", ""), ("Ben", "Hi")], id="an empty message"),
    ],
)
def test_lines(text, expected):
    assert turns(text) == expected


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param([{"speaker": "Ann", "text": "Hi"}], [("Ann", "Hi")], id="speaker, text"),
        pytest.param([{"author": "Ann", "message": "Hi"}], [("Ann", "Hi")], id="author, message"),
        pytest.param({"messages": [{"role": "user", "content": "Hi"}]}, [("user", "Hi")], id="role, content"),
        pytest.param({"turns": [{"speaker": 1, "text": "Hi"}]}, [("1", "Hi")], id="a number as speaker"),
        pytest.param({"utterances": [{"text": "Hi"}]}, [("", "Hi")], id="no speaker"),
        pytest.param([{"speaker": "Ann", "text": None}], [("Ann", "")], id="no text"),
        pytest.param([], [], id="empty"),
    ],
)
def test_json(document, expected):
    assert turns(json.dumps(document)) == expected
    assert turns(json.dumps(document, indent=2)) == expected


def test_json_lines():
    assert turns('{"speaker": "Ann", "text": "Hi"}\n\n{"speaker": "Ben", "text": "Ho"}\n') == [
        ("Ann", "Hi"),
        ("Ben", "Ho"),
    ]


def test_a_finished_transcript_keeps_ids_roles_and_times():
    document = {
        "schema_version": "1.0",
        "utterances": [
            {"index": 0, "speaker": "S2", "role": "agent", "start_s": 0.5, "end_s": 2.0, "text": "Hello."},
            {"index": 1, "speaker": "S1", "role": "unknown", "start_s": 1.5, "end_s": 2.5, "text": "Hm."},
        ],
    }
    transcript = parse_chat(json.dumps(document), "en")
    assert lines(transcript) == [("S1", "agent", "Hello."), ("S2", "customer", "Hm.")]
    assert [(u.start_s, u.end_s) for u in transcript.utterances] == [(0.5, 2.0), (1.5, 2.5)]
    assert [speaker.talk_time_s for speaker in transcript.speakers] == [1.5, 1.0]


@pytest.mark.parametrize(
    ("first", "second", "start_s"),
    [
        pytest.param("2026-05-12T10:33:00Z", "2026-05-12T12:33:05+02:00", 5.0, id="ISO 8601"),
        pytest.param("2026-05-12 23:59", "2026-05-13 00:01", 120.0, id="ISO without a zone"),
        pytest.param(1_770_000_000, 1_770_000_007.5, 7.5, id="epoch"),
        pytest.param(1_770_000_000_000, 1_770_000_000_250, 0.25, id="milliseconds"),
        pytest.param("1770000000.100", "1770000001.100", 1.0, id="a number in quotes"),
        pytest.param("10:33", "10:34", 60.0, id="clock"),
        pytest.param("11:59 PM", "12:01 am", 120.0, id="past midnight"),
        pytest.param("30/11/24, 10:00", "01/12/24, 10:00", 86_400.0, id="day first"),
        pytest.param("11/30/24, 10:00", "12/01/24, 10:00", 86_400.0, id="month first"),
        pytest.param("11/05/24 10:00", "11/06/24 10:00", 86_400.0, id="either"),
        pytest.param("10:33", "soon", None, id="one that tells nothing"),
        pytest.param("10:33", "10:20", 0.0, id="before the first"),
        pytest.param("2026-02-30T10:33:00", "no", None, id="no such day"),
        pytest.param(True, "nan", None, id="no times"),
    ],
)
def test_messages_have_the_time_after_the_first(first, second, start_s):
    document = [{"speaker": "Ann", "text": "Hi", "timestamp": first}, {"author": "Ben", "text": "Ho", "time": second}]
    utterances = parse_chat(json.dumps(document), "en").utterances
    assert (utterances[1].start_s, utterances[0].end_s, utterances[1].end_s) == (start_s, None, None)


def test_lines_with_times_have_the_time_after_the_first():
    text = "heading\n[10:33] Ann: Hi\nand more\n[10:35:30] Ben: Ho\nAnn: without"
    assert [turn.start_s for turn in parse_turns(text)] == [None, 0.0, 150.0, None]
    assert [turn.start_s for turn in parse_turns("[00:01.2] Agent (S1): Hello\n[01:02.7] S2: Hi")] == [0.0, 61.5]


@given(st.lists(st.one_of(st.none(), st.text(max_size=20), st.floats(), st.integers())))
def test_any_stamps_give_times_from_zero_on(stamps):
    times = seconds_after_first(stamps)
    assert len(times) == len(stamps) and all(time is None or 0.0 <= time < 1e12 for time in times)


@pytest.mark.parametrize("times", [{"start": "a", "end": "b"}, {"start": True, "end": True}, {"end": 10**400}])
def test_what_is_no_time_is_left_out(times):
    (utterance,) = parse_chat(json.dumps([{"text": "Hi", **times}]), "en").utterances
    assert (utterance.start_s, utterance.end_s) == (None, None)


def test_a_chat_of_50_000_messages_is_read():
    messages = [{"speaker": f"P{n % 20}", "text": "thanks", "ts": n} for n in range(50_000)]
    transcript = parse_chat(json.dumps(messages), "en")
    assert (len(transcript.utterances), len(transcript.speakers)) == (50_000, 20)
    assert transcript.utterances[-1].start_s == 49_999.0


def test_a_chat_with_times_has_no_lengths():
    transcript = parse_chat("[10:33] Agent: Hello there\n[10:40] Customer: Hi", "en")
    assert [speaker.talk_time_s for speaker in transcript.speakers] == [0.0, 0.0]


# --- speakers, roles, names -------------------------------------------------------------------------------------------


def test_speakers_are_numbered_by_appearance_whatever_the_case_of_their_names():
    transcript = parse_chat("Zoe: Hi\nAdam: Hi\nZOE: Hm\nadam: Hm", "en")
    assert [utterance.speaker for utterance in transcript.utterances] == ["S1", "S2", "S1", "S2"]
    assert [(speaker.id, speaker.channel) for speaker in transcript.speakers] == [("S1", None), ("S2", None)]
    assert [utterance.index for utterance in transcript.utterances] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Agent", "agent"), ("agent_2", "agent"), ("Operator", "agent"), ("Support (Anna)", "agent"),
        ("Customer Service", "agent"), ("Service client", "agent"), ("Atención al cliente", "agent"),
        ("Kundenberaterin", "agent"), ("Opérateur", "agent"), ("Operatore", "agent"), ("Atendente", "agent"),
        ("assistant", "agent"), ("Customer", "customer"), ("user", "customer"), ("Client", "customer"),
        ("Cliente", "customer"), ("Kundin", "customer"), ("Visitor 42", "customer"), ("Utente", "customer"),
        ("John Smith", "unknown"), ("Speaker 1", "unknown"), ("", "unknown"), ("S1", "unknown"), ("system", "unknown"),
    ],
)  # fmt: skip
def test_role_of_a_name(name, role):
    assert role_of(name) == role


def test_roles_come_from_names_then_from_what_is_said():
    assert [role for _, role, _ in lines(parse_chat("Agent: Hi\nBen: Ho", "en"))] == ["agent", "customer"]
    said = "Ann: How can I help you?\nBen: I want to cancel my contract."
    assert [role for _, role, _ in lines(parse_chat(said, "en"))] == ["agent", "customer"]
    assert [role for _, role, _ in lines(parse_chat("Ann: Hi\nBen: Ho", "en"))] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("John Smith: I am John Smith", ["I am [PERSON_NAME_1]"], id="full name"),
        pytest.param(
            "John Smith: x\nAnn: Hi John, Mr. SMITH", ["x", "Hi [PERSON_NAME_1], Mr. [PERSON_NAME_1]"], id="parts"
        ),
        pytest.param("john: x\nAnn: hi john and ann", ["x", "hi [PERSON_NAME_1] and [PERSON_NAME_2]"], id="lower case"),
        pytest.param("José: x\nAnn: Hi Jose! José?", ["x", "Hi [PERSON_NAME_1]! [PERSON_NAME_1]?"], id="accents"),
        pytest.param("Bill: my bill, says Bill", ["my bill, says [PERSON_NAME_1]"], id="a name that is a word"),
        pytest.param("Ann: Annual fees, Joann", ["Annual fees, Joann"], id="only whole words"),
        pytest.param("Agent: your agent\nUser 1: a user", ["your agent", "a user"], id="roles are no names"),
        pytest.param("Speaker A: a speaker\nYou: you", ["a speaker", "you"], id="labels are no names"),
        pytest.param("Support (Anna): I am Anna", ["I am [PERSON_NAME_1]"], id="the name beside a role"),
        pytest.param("O'Neil: O'Neil here", ["[PERSON_NAME_1] here"], id="apostrophe"),
        pytest.param("J. Kay: J. Kay", ["J. [PERSON_NAME_1]"], id="initials stay"),
        pytest.param("Ann: I met [PERSON_NAME_7], Ann", ["I met [PERSON_NAME_7], [PERSON_NAME_8]"], id="numbers taken"),
        pytest.param("[PERSON_NAME_1]: Hi person", ["Hi person"], id="a marker as name"),
        pytest.param(
            "Ann Lee: x\nBen Lee: I am Ben Lee", ["x", "I am [PERSON_NAME_2] [PERSON_NAME_1]"], id="shared part"
        ),
    ],
)
def test_names_of_speakers_are_hidden_in_the_text(text, expected):
    assert [utterance.text for utterance in parse_chat(text, "en").utterances] == expected


def test_the_name_itself_leaves_no_trace():
    transcript = parse_chat("Zacharias Quill: Good day\nAgent: Welcome, Zacharias Quill!", "en")
    assert "zacharias" not in repr(transcript).lower()
    assert "quill" not in repr(transcript).lower()


@given(st.lists(st.text(max_size=12), max_size=4), st.text(max_size=40))
def test_masking_survives_any_name(names, text):
    masked = NameMask(names, [text]).masked(text)
    assert NameMask([], [text]).masked(text) == text
    assert isinstance(masked, str)


# --- the Python API ---------------------------------------------------------------------------------------------------


def test_from_turns():
    transcript = from_turns(
        [
            ChatTurn("Dana", "  Hello Rob \n", 0.0, 1.0, "agent"),
            ChatTurn("Rob", "   "),
            ChatTurn("Rob", "Hi \ud800", 1.0, 4.0),
        ],
        "en",
    )
    assert lines(transcript) == [("S1", "agent", "Hello [PERSON_NAME_2]"), ("S2", "customer", "Hi \ufffd")]
    assert [speaker.talk_time_s for speaker in transcript.speakers] == [1.0, 3.0]
    assert transcript.language.code == "en"


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        (ChatTurn("a", "secret", 2.0, 1.0), InputError),
        (ChatTurn("a", "secret", float("nan"), 1.0), InputError),
        (ChatTurn("a", "secret", -1.0, None), InputError),
        (ChatTurn("a", "secret", role="boss"), UnknownNameError),  # type: ignore[arg-type]
    ],
)
def test_impossible_turns(turn, error):
    with pytest.raises(error, match="turn 2") as raised:
        from_turns([ChatTurn("a", "ok"), turn], "en")
    assert "secret" not in str(raised.value)


def test_other_values_are_no_turns():
    with pytest.raises(InputError, match="ChatTurn"):
        read_chat(["Agent: hello"])  # type: ignore[list-item]


def test_content_has_one_hash_whichever_way_it_comes(tmp_path):
    text = "Agent: Hello\nCustomer: Grüße"
    path = tmp_path / "chat.txt"
    path.write_text(text, encoding="utf-8")
    content = read_chat(path)
    assert content == read_chat(text)
    assert read_chat(text + "!").sha256 != content.sha256
    assert read_chat(content.turns).transcript("de") == content.transcript("de") == parse_chat(text, "de")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "chat.txt"
    path.write_text("Agent: Grüße", encoding=encoding)
    assert read_chat(path).turns == (ChatTurn("Agent", "Grüße"),)


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "no text", id="empty"),
        pytest.param(" \n\t\n", "no text", id="blank"),
        pytest.param("Ann:\nBen:", "no text", id="names only"),
        pytest.param("[]", "no text", id="empty list"),
        pytest.param('[{"text": "secret"},\n {"text": }]', "line 2", id="broken JSON"),
        pytest.param('{"text": "secret"', "line 1", id="cut off"),
        pytest.param('{"secret": 1}', "messages, turns, utterances", id="no list"),
        pytest.param('{"messages": "secret"}', "list", id="no list of messages"),
        pytest.param('[{"text": "ok"}, {"speaker": "secret"}]', "entry 2", id="no text"),
        pytest.param('[{"text": 5}]', "entry 1", id="text is a number"),
        pytest.param('["secret"]', "entry 1", id="a list of texts"),
        pytest.param('[{"text": "ok", "speaker": {"name": "secret"}}]', "entry 1", id="speaker is an object"),
        pytest.param("[" * 100_000, "RecursionError", id="deep"),
        pytest.param(f'[{{"text": "ok", "start": {"9" * 5000}}}]', "ValueError", id="endless number"),
        pytest.param("RIFF\0\0\0WAVE", "not text", id="binary"),
    ],
)
def test_errors_say_where_and_quote_nothing(text, message):
    with pytest.raises(InputError, match=message) as raised:
        parse_chat(text, "en")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("content", [b"Agent: \xff\xfe\xfa", None], ids=["not UTF-8", "missing"])
def test_files_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "chat.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"chat\.txt"):
        read_chat(path)


def test_a_directory_is_no_chat(tmp_path):
    with pytest.raises(InputError):
        read_chat(tmp_path)


@given(st.text(alphabet=st.sampled_from('Ab: \n[]{}",0:/\\.-\u2028é\ud800'), max_size=60))
def test_any_text_is_a_chat_or_an_input_error(text):
    try:
        transcript = parse_chat(text, "en")
    except CallEngineError as error:
        assert isinstance(error, InputError)
        return
    assert transcript.utterances
    assert all(utterance.text == utterance.text.strip() != "" for utterance in transcript.utterances)
    assert {u.speaker for u in transcript.utterances} == {speaker.id for speaker in transcript.speakers}


@given(st.lists(st.tuples(st.sampled_from(["Agent", "Ben", "S1"]), st.text("abc ,.?", min_size=1)), min_size=1))
def test_lines_of_turns_are_read_back(messages):
    spoken = [(speaker, " ".join(text.split())) for speaker, text in messages]
    assert turns("\n".join(f"{speaker}: {text}" for speaker, text in spoken)) == [(s, t.strip()) for s, t in spoken]


@pytest.mark.parametrize("speaker", ["speaker", "author", "sender", "from", "name", "user", "role"])
@pytest.mark.parametrize("text", ["text", "message", "content", "body"])
@pytest.mark.parametrize("messages", ["messages", "turns", "utterances", "conversation", "chat", None])
def test_the_usual_names_of_fields_are_known(speaker: str, text: str, messages: str | None) -> None:
    entries = [{speaker: "agent", text: "hello", "time": "2025-03-04T10:12:00Z"}, {speaker: "ann", text: "hi"}]
    turns = parse_turns(json.dumps({messages: entries} if messages else entries))
    assert [(turn.speaker, turn.text) for turn in turns] == [("agent", "hello"), ("ann", "hi")]
