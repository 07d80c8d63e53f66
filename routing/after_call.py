"""What follows when the agent has hung up and the caller stays: survey, ticket number, goodbye."""

from __future__ import annotations

from typing import Final

from .catalogue import Catalogue
from .steps import Call, Hangup, Known, Reason, Rule, Speech, Survey

NORMAL_CLEARING: Final = 16  # Q.850
SURVEY: Final = "survey"
# 1 is very dissatisfied, 5 very satisfied.
ANSWERS: Final = frozenset(f"key:{key}" for key in "12345")
# How often a key that means nothing is answered with the question.
ASKED_MOST: Final = 2


def after_call(catalogue: Catalogue, call: Call, source: str) -> Hangup | Survey:
    """The step after a talk with an agent, and after each answer; it always comes to an end."""
    said = catalogue.after_call
    if said is None:
        return Hangup(NORMAL_CLEARING, Speech(), Reason(Rule.SERVED, source))
    answers = [outcome.result for outcome in call.path if outcome.step == SURVEY]
    if not answers:
        return Survey(said.survey_seconds, Speech((said.survey,)), Reason(Rule.SURVEY, source))
    understood = answers[-1] in ANSWERS or not answers[-1].startswith("key:")
    if understood or len(answers) >= ASKED_MOST:
        told = ticket_told(said.ticket, said.pin, call.known)
        return Hangup(NORMAL_CLEARING, Speech((*told, said.thanks)), Reason(Rule.SURVEYED, source))
    return Survey(said.survey_seconds, Speech((said.survey_again,)), Reason(Rule.SURVEY, source))


def ticket_told(number: str, pin: str, known: Known) -> tuple[str, ...]:
    """The ticket's digits and its PIN behind these prompts: with them its progress can be heard."""
    if not known.ticket or not known.pin:
        return ()
    return (number, *_digits(known.ticket), pin, *_digits(known.pin))


def _digits(text: str) -> tuple[str, ...]:
    return tuple(f"letters/{sign}" for sign in text if sign.isascii() and sign.isdigit())
