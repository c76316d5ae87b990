"""Which steps of a script the operator took: by hint phrases, or by the words of the step's title."""

from __future__ import annotations

from collections.abc import Sequence

from engine.analysis.conversation import MAX_EVIDENCE, Conversation, Sentence
from engine.analysis.lexicon import Lexicon
from engine.analysis.matching import affirmed_stems, hinted, telling_stems
from engine.analysis.phrases import Phrases
from engine.analysis.scripts import align
from engine.analysis.tokens import Tokenizer
from engine.analysis_types import PlannedStep, Script, ScriptAlignment, ScriptStep

MET_SHARE, MISSED_SHARE = 0.6, 0.25
"""Share of a title's content words in one sentence, from which on a step is met, and below which it was missed."""
LEAST_WORDS = 4
"""Content words of a title below which it may be said in other words altogether, so that nothing shows a miss."""


def step_phrases(script: Script, lexicon: Lexicon) -> Phrases[str]:
    """The hints of all steps, by step id."""
    return lexicon.phrases((step.id, hint) for step in script.steps for hint in step.hints)


def align_script(conversation: Conversation, script: Script, hints: Phrases[str]) -> ScriptAlignment:
    """The steps with the utterances of the agent that take them.

    A step with hints is missed where none is said. One without is judged by the content words of its title: met, missed
    or, in between and for short titles, None. All is None where the agent says nothing; and nothing is a miss where the
    script seems to be in another language than the call.
    """
    agent = conversation.said_by("agent")
    found = _hinted(agent, hints, conversation.lexicon)
    comparable = conversation.lexicon.known or bool(found)
    return align(script, [_step(step, agent, found, conversation.lexicon, comparable) for step in script.steps])


def _step(
    step: PlannedStep, agent: Sequence[Sentence], found: dict[str, list[int]], lexicon: Lexicon, comparable: bool
) -> ScriptStep:
    if step.id in found:
        return ScriptStep(step.id, step.title, True, tuple(found[step.id][:MAX_EVIDENCE]))
    if step.hints:
        return ScriptStep(step.id, step.title, False if agent and comparable else None)
    share, utterance, words = _nearest(step, agent, lexicon)
    if share >= MET_SHARE:
        return ScriptStep(step.id, step.title, True, (utterance,))
    missed = bool(agent) and comparable and words >= LEAST_WORDS and share < MISSED_SHARE
    return ScriptStep(step.id, step.title, False if missed else None)


def _hinted(agent: Sequence[Sentence], hints: Phrases[str], lexicon: Lexicon) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for sentence in agent:
        for step_id in hinted(sentence, hints, lexicon):
            found.setdefault(step_id, []).append(sentence.utterance)
    return {step_id: list(dict.fromkeys(indexes)) for step_id, indexes in found.items()}


def _nearest(step: PlannedStep, agent: Sequence[Sentence], lexicon: Lexicon) -> tuple[float, int, int]:
    """Largest share of the title's content words in one sentence, where that is, and how many such words there are."""
    wanted = telling_stems(step.title, Tokenizer(lexicon.inflection), lexicon)
    shares = [(len(wanted & affirmed_stems(sentence, lexicon)), -sentence.utterance) for sentence in agent]
    most, index = max(shares, default=(0, 0))
    return (most / len(wanted) if len(wanted) > 1 else 0.0), -index, len(wanted)
