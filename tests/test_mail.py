"""E-mail threads: who wrote what, the oldest first; quotations, signatures, HTML, and files that are no e-mail."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.chat import read_chat
from engine.chat.mail import mail_turns
from engine.errors import InputError


def mail(text: str, sender: str = "Ann Smith <ann@example.org>", subject: str = "", **more: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, "Support <support@example.com>"
    if "date" in more:
        message["Date"] = more["date"]
    if subject:
        message["Subject"] = subject
    message.set_content(text)
    if "html" in more:
        message.set_content(more["html"], subtype="html")
    return message


def said(message: EmailMessage) -> list[tuple[str, str, str]]:
    return [(turn.speaker, turn.role, turn.text) for turn in mail_turns(message.as_bytes())]


THREAD = """Thanks, it works now.

--
Ann Smith
Some Street 5

On Tue, 4 Mar 2025 at 09:15, Support Team <support@example.com> wrote:
> Please restart the router.
>
> Kind regards
>
> On Mon, 3 Mar 2025 at 18:02, Ann Smith <ann@example.org>
> wrote:
>> My line is dead.
>> Since Sunday!
"""


def test_a_thread_is_told_from_its_beginning() -> None:
    assert said(mail(THREAD, subject="Re: AW: No internet")) == [
        ("Ann Smith", "unknown", "No internet. My line is dead. Since Sunday!"),
        ("Support Team", "agent", "Please restart the router. Kind regards"),
        ("Ann Smith", "unknown", "Thanks, it works now."),
    ]


@pytest.mark.parametrize(
    ("announcement", "name"),
    [
        ("On 3/4/25 10:12 AM, Bob Miller wrote:", "Bob Miller"),
        ("Le mar. 4 mars 2025 à 10:12, Bob Miller <bob@example.org> a écrit :", "Bob Miller"),
        ("Am Di., 4. März 2025 um 10:12 Uhr schrieb Bob Miller <bob@example.org>:", "Bob Miller"),
        ("El mar, 4 mar 2025 a las 10:12, Bob Miller (<bob@example.org>) escribió:", "Bob Miller"),
        ("Il giorno mar 4 mar 2025 alle ore 10:12 Bob Miller <bob@example.org> ha scritto:", "Bob Miller"),
        ("Em ter., 4 de mar. de 2025 às 10:12, Bob Miller <bob@example.org> escreveu:", "Bob Miller"),
        ("On Tue, Mar 4, 2025 at 10:12 AM <bob@example.org> wrote:", "bob"),
        ("Bob Miller wrote:", "Bob Miller"),
    ],
)
def test_quotations_are_announced_in_many_languages(announcement: str, name: str) -> None:
    assert said(mail(f"Yes.\n\n{announcement}\n\n> Does it work?\n"))[0][0::2] == (name, "Does it work?")


@pytest.mark.parametrize("line", ["-----Original Message-----\n", "________________________________\n", ""])
def test_headers_above_a_quotation_are_not_its_text(line: str) -> None:
    quoted = (
        f"{line}From: Support Team <support@example.com>\nSent: Tuesday, 4 March 2025 10:12\nTo: Ann\nSubject: Bill\n"
    )
    assert said(mail(f"Thanks.\n\n{quoted}\nYour bill is corrected.\n")) == [
        ("Support Team", "agent", "Your bill is corrected."),
        ("Ann Smith", "unknown", "Thanks."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "As your colleague wrote: the bill is wrong.",
        "My friend wrote:\nit is fine",
        "From: here it goes on\nto the end",
        "The total is 5 > 3",
    ],
)
def test_what_looks_like_a_quotation_is_none(text: str) -> None:
    assert said(mail(text)) == [("Ann Smith", "unknown", " ".join(text.split()))]


def test_html_alone_is_read() -> None:
    html = "<head><style>p {color: red}</style></head><p>It&nbsp;works.<br>Thanks!</p><script>x()</script>"
    quoted = "<div>On Tue, 4 Mar 2025 at 10:12, Bob Miller wrote:</div><blockquote><p>Does it?</p></blockquote>"
    assert [each[::2] for each in said(mail("", html=html + quoted))] == [
        ("Bob Miller", "Does it?"),
        ("Ann Smith", "It works. Thanks!"),
    ]


def test_attached_messages_come_first_and_other_attachments_not_at_all() -> None:
    outer = mail("See below.", sender="support@example.com")
    outer.add_attachment(mail("Where is my parcel?"))
    outer.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="ann-smith.pdf")
    assert said(outer) == [("Ann Smith", "unknown", "Where is my parcel?"), ("support", "agent", "See below.")]


def times(message: EmailMessage) -> list[float | None]:
    return [turn.start_s for turn in mail_turns(message.as_bytes())]


def test_messages_are_timed_by_their_date_headers() -> None:
    outer = mail("It left yesterday.", sender="support@example.com", date="Tue, 4 Mar 2025 09:15:00 +0100")
    outer.add_attachment(mail("Where is my parcel?", date="Mon, 3 Mar 2025 18:02:30 +0000"))
    outer.add_attachment(mail("Hello?", date="Mon, 3 Mar 2025 14:02:30 -0500"))
    assert times(outer) == [0.0, 3600.0, 51150.0]


@pytest.mark.parametrize(
    "announcement",
    [
        "On Mon, 3 Mar 2025 18:02:30 +0000, Bob Miller wrote:\n> Does it work?",
        "On Mon, 3 Mar 2025 19:02:30 +0100, Bob Miller\n<bob@example.org> wrote:\n> Does it work?",
        "-----\nFrom: Bob Miller\nDate: Mon, 3 Mar 2025 18:02:30 GMT\nTo: Ann\n\nDoes it work?",
    ],
)
def test_a_quoted_date_with_its_zone_is_a_time(announcement: str) -> None:
    assert times(mail(f"Yes.\n\n{announcement}\n", date="Mon, 3 Mar 2025 19:32:30 +0100")) == [0.0, 1800.0]


def test_what_is_sent_in_nobody_knows_which_zone_has_no_time_nor_what_follows_it() -> None:
    assert times(mail(THREAD, date="Tue, 4 Mar 2025 11:00:00 +0100")) == [None, None, None]


@pytest.mark.parametrize("date", ["yesterday", "Mon, 3 Foo 2025 18:02:30 +0000", "3 Mar 99999 18:02:30 +0000", ""])
def test_a_date_that_is_none_gives_no_time(date: str) -> None:
    content = f"From: a@example.org\nDate: {date}\n\nHello\n".encode()
    assert [turn.start_s for turn in mail_turns(content)] == [None]


def test_the_day_of_a_mail_stays_behind() -> None:
    (turn,) = mail_turns(mail("Hello", subject="Bill", date="Tue, 4 Mar 2025 09:15:00 +0100").as_bytes())
    assert (turn.text, turn.start_s, turn.end_s) == ("Bill. Hello", 0.0, None)


@pytest.mark.parametrize("content", [b"", b"hello there", b"\x00\x01\x02", b"%PDF-1.7 \xff"])
def test_what_is_no_mail_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="no e-mail"):
        mail_turns(content)


def test_an_unknown_charset_is_read_as_well_as_can_be() -> None:
    content = b"From: a@example.org\r\nContent-Type: text/plain; charset=klingon\r\n\r\ncaf\xc3\xa9\r\n"
    assert [turn.text for turn in mail_turns(content)] == ["café"]


def test_a_file_becomes_a_transcript_without_names(tmp_path: Path) -> None:
    path = tmp_path / "thread.EML"
    path.write_bytes(mail(THREAD, subject="No internet").as_bytes())
    transcript = read_chat(path).transcript("en")
    assert [utterance.role for utterance in transcript.utterances] == ["customer", "agent", "customer"]
    assert "Smith" not in str(transcript)


def test_a_mail_without_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.eml"
    path.write_bytes(mail("\n-- \nAnn").as_bytes())
    with pytest.raises(InputError, match="the chat has no text"):
        read_chat(path).transcript("en")


@given(st.lists(st.sampled_from([">", "> ", "On Mon, 3 Mar 2025 at 10:12, Ann wrote:", "word", "", "From: x", "--"])))
def test_no_thread_is_too_odd(lines: list[str]) -> None:
    turns = mail_turns(b"From: a@example.org\n\n" + "\n".join(lines).encode())
    assert all(turn.text for turn in turns)


def test_a_thread_that_quotes_without_end_is_read() -> None:
    deep = "\n".join(f"{'>' * depth} On Mon, 3 Mar 2025 at 10:12, Ann wrote:" for depth in range(2000))
    assert len(mail_turns(b"From: a@example.org\n\n" + deep.encode())) <= 21
