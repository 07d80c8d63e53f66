"""Checks on what the caller hears: prompts exist, keys are free, and the greeting is short."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .catalogue import Announcements, Hotline, Limits, MergerMode
from .draft import Draft
from .entry_faults import hints
from .faults import Fault, Place, fault

LANGUAGES = ("zh", "en")
# A calm announcer: Chinese characters and English words a second. A spoken digit is one
# syllable, a whole character in Chinese and a little over half a word in English.
ZH_CHARACTERS_PER_SECOND = 4.2
EN_WORDS_PER_SECOND = 2.6
EN_WORDS_PER_DIGIT = 0.6
_ZH_SPOKEN = re.compile(r"[\u3400-\u9fff0-9]|[A-Za-z]+")
_EN_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_DIGIT = re.compile(r"[0-9]")


def estimated_seconds(text: str, language: str) -> float:
    """Seconds an announcer needs for a text, from its characters (zh) or words (en)."""
    if language == "zh":
        return len(_ZH_SPOKEN.findall(text)) / ZH_CHARACTERS_PER_SECOND
    words = len(_EN_WORD.findall(text)) + EN_WORDS_PER_DIGIT * len(_DIGIT.findall(text))
    return words / EN_WORDS_PER_SECOND


# Sections that name a prompt for each moment of the walk.
_MOMENTS: Final = {
    "announcements": tuple(Announcements.model_fields),
    "after_call": ("survey", "survey_again", "thanks", "ticket", "pin"),
    "message": ("offer", "ask", "kept", "ticket", "pin"),
    "progress": ("number", "pin", "wrong", "locked", "choice", "other"),
}


def prompts_exist(draft: Draft) -> Iterator[Fault]:
    """Every prompt that is named anywhere has a text."""
    known = draft.prompt_names()
    for name, place in _named_prompts(draft):
        if name not in known:
            yield fault(place, "prompt_missing", name=name, **hints(name, known))


def _named_prompts(draft: Draft) -> Iterator[tuple[str, Place]]:
    for i, line in draft.hotlines.items():
        if line.greeting is not None:
            yield line.greeting, draft.at("hotlines", i, "greeting")
        if line.notice is not None:
            yield line.notice.prompt, draft.at("hotlines", i, "notice", "prompt")
    if draft.open_list is not None:
        if draft.open_list.greeting is not None:
            yield draft.open_list.greeting, draft.at("open_list", "greeting")
        if draft.open_list.notice is not None:
            yield draft.open_list.notice.prompt, draft.at("open_list", "notice", "prompt")
    for section, moments in _MOMENTS.items():
        said = getattr(draft, section)
        for moment in moments if said is not None else ():
            name = getattr(said, moment)
            if name is not None:
                yield name, draft.at(section, moment)
    if draft.progress is not None:
        for state, name in draft.progress.states.items():
            yield name, draft.at("progress", "states", state)


def offers_have_an_answer(draft: Draft) -> Iterator[Fault]:
    """Who accepts a call-back hears that it is promised."""
    said = draft.announcements
    if said is not None and (said.call_back_offer is None) != (said.call_back_promise is None):
        yield fault(draft.at("announcements"), "offer_untold")


def messages_can_be_left(draft: Draft) -> Iterator[Fault]:
    """A message is offered behind the words that many wait, and has time for more than silence."""
    said, message = draft.announcements, draft.message
    if message is None:
        return
    if said is not None and said.full is None:
        yield fault(draft.at_key("message"), "message_untold")
    if message.silence_seconds >= message.seconds:
        place = draft.at("message", "silence_seconds")
        yield fault(place, "message_short", seconds=str(message.seconds))


def keys_are_free(draft: Draft) -> Iterator[Fault]:
    """Shortcuts use 1 to 9; 0 always means a person and is nobody's to give away."""
    for i, line in draft.hotlines.items():
        for key in line.keys:
            place = draft.at_key("hotlines", i, "keys", key)
            if key == "0":
                yield fault(place, "key_reserved")
            elif not re.fullmatch("[1-9]", key, re.ASCII):
                yield fault(place, "key_bad", key=key)
            elif draft.progress and line.mode is MergerMode.MAIN and key == draft.progress.key:
                yield fault(draft.at("progress", "key"), "key_bad", key=key)


def notices_of_cancelled_numbers_end(draft: Draft) -> Iterator[Fault]:
    """A cancelled number's notice is for the transition (plan, section 三（四）), so it ends."""
    for i, line in draft.hotlines.items():
        notice = line.notice
        if line.mode is MergerMode.MERGED and notice is not None and notice.until is None:
            yield fault(draft.at("hotlines", i, "notice"), "notice_without_end")
    listed = draft.open_list
    if listed is not None and listed.notice is not None and listed.notice.until is None:
        yield fault(draft.at("open_list", "notice"), "notice_without_end")


def greetings_are_short(draft: Draft) -> Iterator[Fault]:
    """Greeting and notice together stay within the limit, in each language."""
    limit = (draft.limits or Limits()).greeting_max_seconds
    told: set[tuple[str, ...]] = set()
    for path, prompts in _opening_speech(draft):
        if prompts in told or not all(name in draft.prompts for name in prompts):
            continue
        told.add(prompts)
        seconds, language = max((_seconds(draft, prompts, lang), lang) for lang in LANGUAGES)
        if round(seconds, 1) > limit:
            yield fault(
                draft.at(*path),
                "greeting_too_long",
                seconds=f"{seconds:.1f}",
                language=language,
                prompts=" + ".join(prompts),
                limit=f"{limit:g}",
            )


def _opening_speech(draft: Draft) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    """What each number plays before its queue, and the spot to point at."""
    by_number = {line.number: line for line in draft.hotlines.values()}
    mains = [line for line in by_number.values() if line.mode is MergerMode.MAIN]
    for i, line in draft.hotlines.items():
        if line.mode is MergerMode.EMERGENCY:
            continue
        greeting = _greeting(line, by_number, mains)
        prompts: tuple[str, ...] = (greeting,) if greeting else ()
        field = "greeting" if line.greeting else "number"
        if line.notice is not None:
            prompts += (line.notice.prompt,)
            field = "notice"
        yield ("hotlines", i, field), prompts


def _greeting(line: Hotline, by_number: dict[str, Hotline], mains: list[Hotline]) -> str | None:
    """The greeting of a number: its own, that of the number it has joined, or the main one."""
    joined = by_number.get(line.joined) if line.joined else None
    for candidate in (line, joined, *mains):
        if candidate is not None and candidate.greeting:
            return candidate.greeting
    return None


def _seconds(draft: Draft, prompts: tuple[str, ...], language: str) -> float:
    return sum(_prompt_seconds(draft, name, language) for name in prompts)


def _prompt_seconds(draft: Draft, name: str, language: str) -> float:
    """Measured length if there is one, of this recording or of the prompt, else an estimate."""
    for measured in (f"{language}/{name}", name):
        if measured in draft.durations:
            return draft.durations[measured]
    return estimated_seconds(getattr(draft.prompts[name], language), language)
