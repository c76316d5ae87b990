"""What the figures of a period suggest: rules with their thresholds, each a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator

from engine.reports.labels import entity_name
from engine.reports.period.figures import Figures, Group, Summary
from engine.reports.period.words import Words

_LEAST_CALLS = 5
"""Of a group that is spoken about: fewer are chance."""
_WEAK_QUESTION = 0.7
_WORSE_THAN_ALL = 1.3
_OFTEN_UNRESOLVED = 0.25
_CSAT_CHANGE = 0.3
_BEHIND_TEAM = 0.1
_MOST_OF_A_KIND = 2


def business_advice(figures: Figures, before: Summary | None, words: Words) -> list[str]:
    """For whoever answers for the business: satisfaction, topics, open cases, risks, sales."""
    return [*_change(figures, before, words), *_topics(figures, words), *_open(figures, words),
            *_signals(figures, words)]  # fmt: skip


def operator_advice(figures: Figures, titles: dict[str, str], words: Words) -> list[str]:
    """For whoever leads the operators: questions of the checklist, errors, who needs coaching."""
    return [*_questions(figures, titles, words), *_errors(figures, words), *_behind(figures, words)]


def _change(figures: Figures, before: Summary | None, words: Words) -> Iterator[str]:
    now, then = figures.total.csat, before.csat if before else None
    if now is None or then is None or abs(now - then) < _CSAT_CHANGE:
        return
    text = (
        "Satisfaction fell from {before} to {now}: read the calls with the lowest scores first."
        if now < then
        else "Satisfaction rose from {before} to {now}: find out what was done better, and keep it."
    )
    yield words(text, before=words.number(then), now=words.number(now))


def _topics(figures: Figures, words: Words) -> Iterator[str]:
    overall = figures.total.negative
    if not overall:
        return
    worse = [each for each in figures.topics if _negative(each) > _WORSE_THAN_ALL * overall]
    for topic in sorted(worse, key=_negative, reverse=True)[:_MOST_OF_A_KIND]:
        yield words(
            "“{topic}” annoys customers: {share} of its calls are negative, {overall} of all calls.",
            topic=topic.name, share=words.percent(_negative(topic)), overall=words.percent(overall),
        )  # fmt: skip


def _negative(group: Group) -> float:
    return (group.summary.negative or 0.0) if group.summary.calls >= _LEAST_CALLS else 0.0


def _open(figures: Figures, words: Words) -> Iterator[str]:
    counts = dict(figures.distributions["resolution"])
    share = counts.get("unresolved", 0) / (sum(counts.values()) or 1)
    if share >= _OFTEN_UNRESOLVED:
        yield words("{share} of the calls end unresolved: give operators the means to settle them.",
                    share=words.percent(share))  # fmt: skip


def _signals(figures: Figures, words: Words) -> Iterator[str]:
    calls = figures.total.calls or 1
    for kind, text in (
        ("risks", "The most frequent risk is “{kind}”, in {share} of the calls: call these customers back."),
        ("sales", "The most frequent sales signal is “{kind}”, in {share} of the calls: make an offer in time."),
    ):
        for name, count in figures.distributions[kind][:1]:
            yield words(text, kind=words(entity_name(name)), share=words.percent(count / calls))


def _questions(figures: Figures, titles: dict[str, str], words: Words) -> Iterator[str]:
    weak = [each for each in figures.questions if each.answered >= _LEAST_CALLS and each.share < _WEAK_QUESTION]
    for question in weak[: _MOST_OF_A_KIND + 1]:
        title = titles.get(f"{question.checklist}:{question.id}", entity_name(question.id))
        yield words("Coach all operators on “{question}”: met in {share} of the calls.",
                    question=title, share=words.percent(question.share))  # fmt: skip


def _errors(figures: Figures, words: Words) -> Iterator[str]:
    for name, count in figures.distributions["operator_errors"][:1]:
        yield words("The most frequent operator error is “{kind}”, in {share} of the calls.",
                    kind=words(entity_name(name)), share=words.percent(count / (figures.total.calls or 1)))  # fmt: skip


def _behind(figures: Figures, words: Words) -> Iterator[str]:
    team = figures.total.checklist_score
    scored = [(each.summary.checklist_score, each.name) for each in figures.operators
              if each.summary.calls >= _LEAST_CALLS and each.summary.checklist_score is not None]  # fmt: skip
    if team is None:
        return
    for score, name in sorted(scored)[: _MOST_OF_A_KIND + 1]:
        if score is not None and team - score >= _BEHIND_TEAM:
            yield words("Operator {operator} needs coaching: checklist {score}, the team {team}.",
                        operator=name, score=words.percent(score), team=words.percent(team))  # fmt: skip
