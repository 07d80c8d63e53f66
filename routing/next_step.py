"""Who should answer this call next? One pure function of the catalogue, the call and the time.

Whatever has happened, the caller is on the way to a person: every road ends in the general
queue, which waits for ever, and only a caller who has spoken with somebody, or has chosen to leave
a message, is hung up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from . import messages, offers
from .after_call import NORMAL_CLEARING, SURVEY, after_call
from .catalogue import Catalogue, Hotline, MergerMode, QueueKind, QueueRule
from .index import CatalogueIndex
from .opening_hours import local_time
from .progress import asks_for_progress, progress
from .steps import (
    SILENT,
    Ask,
    Call,
    Emergency,
    Hangup,
    Message,
    Outcome,
    Queue,
    Reason,
    Rule,
    Speech,
    Step,
    SubCentre,
)
from .transfers import AGENT, TRANSFER, back_to_agent, sent_on, transfer_step

PERSON_KEY = "0"
SPEECH = "speech"
KEY_PRESSED = "key:"
# QUEUESTATUS and DIALSTATUS when a person has spoken with the caller and has hung up.
SERVED_RESULTS = frozenset({"CONTINUE", "ANSWER"})

# How the general queue is left by who may then be offered something else.
_OFFERED = frozenset({"TIMEOUT", offers.FULL, offers.LONG})

# Steps that end in a talk with somebody, when they end well.
_PEOPLE = frozenset({"queue", "subcentre", "emergency", "partner", "room", AGENT})

_MODE_RULES = {
    MergerMode.MAIN: Rule.MAIN,
    MergerMode.MERGED: Rule.MERGED,
    MergerMode.PARALLEL: Rule.PARALLEL,
    MergerMode.SUB_CENTRE: Rule.SUB_CENTRE,
    MergerMode.EMERGENCY: Rule.EMERGENCY,
}
_KIND_RULES = {
    QueueKind.EXPERT: Rule.EXPERT,
    QueueKind.SERVICE: Rule.SERVICE,
    QueueKind.ENTERPRISE: Rule.ENTERPRISE,
    QueueKind.LANGUAGE: Rule.LANGUAGE,
}


def next_step(catalogue: Catalogue, call: Call, now: datetime) -> Step:
    """The next step of a call; it never raises, whatever number was dialled and whatever failed.

    A `now` without a zone is read as the city's own clock.
    """
    step = offers.until_offered(catalogue, call, _decided(catalogue, call, now))
    chosen = _chosen(catalogue, call)
    if chosen is None or chosen.language is None:
        return step
    return replace(step, speech=replace(step.speech, language=chosen.language.value))


def language_chosen(catalogue: Catalogue, call: Call) -> str | None:
    """The queue of the language a caller chose by the last key; "" gives up an earlier choice."""
    if len(call.path) != 1 or call.path[0].step != SPEECH:
        return None
    chosen = _chosen(catalogue, call)
    if chosen is not None:
        return chosen.name
    main = catalogue.index.hotlines.get(call.dnis, catalogue.main) is catalogue.main
    return "" if main and call.path[0].result == f"{KEY_PRESSED}{PERSON_KEY}" else None


def _chosen(catalogue: Catalogue, call: Call) -> QueueRule | None:
    """The queue of the language this caller chose: now by a key, or before, at the main number."""
    index = catalogue.index
    dialled = index.hotlines.get(call.dnis, index.main)
    name = call.known.language if not call.path and dialled is index.main else ""
    for outcome in call.path:
        if outcome.step == SPEECH:
            key = outcome.result.removeprefix(KEY_PRESSED)
            name = _served(index, dialled).keys.get(key, "")
        elif outcome.step.startswith("queue:"):
            name = _language_of(index, outcome.step.removeprefix("queue:")) or name
    return index.queues.get(_language_of(index, name))


def _language_of(index: CatalogueIndex, name: str) -> str:
    """The queue's name where it is one of a language, else ""."""
    queue = index.queues.get(name)
    return name if queue is not None and queue.kind is QueueKind.LANGUAGE else ""


def _decided(catalogue: Catalogue, call: Call, now: datetime) -> Step:
    path = call.path
    dialled = catalogue.index.hotlines.get(call.dnis)
    if not path:
        chosen = _chosen(catalogue, call)
        return _repeated(catalogue, call, _arrival(catalogue, dialled, now, True, chosen))
    source = (dialled or catalogue.main).source
    if path[-1].step == SURVEY and any(outcome.result in SERVED_RESULTS for outcome in path):
        return after_call(catalogue, call, source)
    served = _served(catalogue.index, dialled or catalogue.main)
    if catalogue.progress is not None and asks_for_progress(catalogue, served, call):
        found = progress(catalogue.progress, call, served.source)
        if isinstance(found, Ask):
            return found
        reason = Reason(Rule.PROGRESS_PERSON, served.source)
        return _enter(catalogue, served.queue, path, now, found, reason)
    sent = sent_on(path)
    if sent is not None and path[-1].result not in SERVED_RESULTS:
        return _transferred(catalogue, call, sent, now)
    if (taken := _of_an_offer(catalogue, call, now)) is not None:
        return taken
    if len(path) >= catalogue.limits.automatic_moves and path[-1].result not in SERVED_RESULTS:
        return _general(catalogue, path, Rule.MOVES_SPENT)
    last = path[-1]
    kind, _, name = last.step.partition(":")
    if kind == SPEECH:
        return _after_speech(catalogue, dialled, path, now)
    if kind in _PEOPLE and last.result in SERVED_RESULTS:
        if last.result == "CONTINUE":
            return after_call(catalogue, call, source)
        return Hangup(NORMAL_CLEARING, SILENT, Reason(Rule.SERVED, source))
    if kind == "queue":
        if name == catalogue.general.name and last.result in _OFFERED:
            return _waits_on(catalogue, call)
        return _after_queue(catalogue, name, path, now)
    if kind == "subcentre":
        return _returned(catalogue, dialled, path, Rule.SUB_CENTRE_RETURN, now)
    if kind == offers.RING_BACK:
        return offers.rung_back(catalogue)
    if kind == "emergency":
        return _returned(catalogue, dialled, path, Rule.EMERGENCY_RETURN, now)
    if kind == AGENT:
        return _after_transfer(catalogue, path)
    return _general(catalogue, path, Rule.UNKNOWN_OUTCOME)


def _arrival(
    catalogue: Catalogue,
    dialled: Hotline | None,
    now: datetime,
    spoken: bool,
    chosen: QueueRule | None = None,
) -> Step:
    """The step a number leads to when nobody presses a key, in a language chosen before."""
    index = catalogue.index
    hotline = dialled or index.main
    served = _served(index, hotline)
    if hotline.mode is MergerMode.EMERGENCY:
        return _emergency(catalogue, hotline)
    speech = arrival_speech(catalogue, hotline, now) if spoken else SILENT
    centre = index.sub_centres.get(hotline.number)
    if hotline.mode is MergerMode.SUB_CENTRE and centre is not None:
        reason = Reason(Rule.SUB_CENTRE, hotline.clause)
        return SubCentre(hotline.number, centre.peer, centre.ring_seconds, speech, reason)
    if chosen is not None:
        reason = Reason(Rule.LANGUAGE, chosen.source)
        return _enter(catalogue, chosen.name, (), now, speech, reason)
    name = served.expert_queue or served.queue
    reason = _arrival_reason(index, dialled, hotline, index.queues.get(name))
    return _enter(catalogue, name, (), now, speech, reason)


def _repeated(catalogue: Catalogue, call: Call, step: Step) -> Step:
    """Who rang lately and spoke with nobody does not start at the end again."""
    owed = call.known.missed or call.known.call_back
    if not owed or not isinstance(step, Queue):
        return step
    priority = max(step.priority, catalogue.limits.repeat_priority)
    return replace(step, priority=priority, most_waiting=0)


def _emergency(catalogue: Catalogue, hotline: Hotline) -> Step:
    """An emergency number goes out at once; without a way out a person takes it first in line."""
    trunk = catalogue.emergency
    if trunk is None:
        reason = Reason(Rule.EMERGENCY_RETURN, hotline.source)
        priority = catalogue.limits.emergency_priority
        return Queue(catalogue.general.name, 0, priority, SILENT, reason)
    reason = Reason(Rule.EMERGENCY, hotline.clause)
    return Emergency(hotline.number, trunk.peer, trunk.ring_seconds, SILENT, reason)


def _arrival_reason(
    index: CatalogueIndex, dialled: Hotline | None, hotline: Hotline, queue: QueueRule | None
) -> Reason:
    if dialled is None:
        return Reason(Rule.UNKNOWN_NUMBER, index.main.source)
    if hotline.joined:
        return Reason(Rule.JOINED, hotline.clause)
    rule = _KIND_RULES.get(queue.kind) if queue else None
    return Reason(rule or _MODE_RULES[hotline.mode], hotline.clause)


def arrival_speech(catalogue: Catalogue, hotline: Hotline, now: datetime) -> Speech:
    """What the caller of a number hears first: the greeting, then a notice still in force."""
    served = _served(catalogue.index, hotline)
    greeting = hotline.greeting or served.greeting or catalogue.main.greeting
    prompts: tuple[str, ...] = (greeting,) if greeting else ()
    notice = hotline.notice
    if notice is not None:
        today = local_time(now, catalogue.index.zone).date()
        if notice.until is None or today <= notice.until:
            prompts += (notice.prompt,)
    known = set(served.keys)
    if catalogue.progress is not None and served is catalogue.main:
        known.add(catalogue.progress.key)
    keys = PERSON_KEY + "".join(sorted(known)) if prompts else ""
    return Speech(prompts, keys)


def _after_speech(
    catalogue: Catalogue, dialled: Hotline | None, path: tuple[Outcome, ...], now: datetime
) -> Step:
    """A key during the greeting: its queue, or a person for 0 and any key that means nothing."""
    if any(outcome.step != SPEECH for outcome in path):
        return _general(catalogue, path, Rule.KEY_PERSON)
    hotline = dialled or catalogue.main
    pressed = path[-1].result
    if hotline.mode is MergerMode.EMERGENCY or not pressed.startswith(KEY_PRESSED):
        return _arrival(catalogue, dialled, now, spoken=False)
    served = _served(catalogue.index, hotline)
    target = served.keys.get(pressed.removeprefix(KEY_PRESSED))
    if target is None:
        reason = Reason(Rule.KEY_PERSON, served.source)
        return _enter(catalogue, served.queue, path, now, SILENT, reason)
    return _enter(catalogue, target, path, now, SILENT, Reason(Rule.KEY, served.source))


def _after_queue(catalogue: Catalogue, name: str, path: tuple[Outcome, ...], now: datetime) -> Step:
    """Nobody took the call: on to the overflow queue; the general queue is asked again."""
    left = catalogue.queue(name)
    if left is None:
        return _general(catalogue, path, Rule.UNKNOWN_OUTCOME)
    if left.overflow is None:
        return _general(catalogue, path, Rule.ASKED_AGAIN)
    speech = Speech((catalogue.announcements.overflow,))
    reason = Reason(Rule.OVERFLOW, left.source)
    return _enter(catalogue, left.overflow, path, now, speech, reason, left)


def _returned(
    catalogue: Catalogue,
    dialled: Hotline | None,
    path: tuple[Outcome, ...],
    rule: Rule,
    now: datetime,
) -> Step:
    """A sub-centre or an emergency service did not answer: the caller is ours, ahead of others."""
    said = catalogue.announcements
    prompt = said.sub_centre_return if rule is Rule.SUB_CENTRE_RETURN else said.emergency_return
    hotline = dialled or catalogue.main
    reason = Reason(rule, hotline.clause)
    # An emergency call goes out without a word, so its caller has not heard the notice yet.
    prompts = (prompt,) if rule is Rule.SUB_CENTRE_RETURN else (prompt, said.recorded)
    return _enter(catalogue, hotline.queue, path, now, Speech(prompts), reason)


def _transferred(catalogue: Catalogue, call: Call, sent: Outcome, now: datetime) -> Step:
    """An agent sent the caller on: to the target, and when nobody takes it back to the agent, or,
    where that one is away by now, to the front of the queue."""
    index, path, name = catalogue.index, call.path, sent.result.removeprefix(TRANSFER)
    queue = index.queues.get(name)
    if path[-1] is sent:
        leg = transfer_step(catalogue, name)
        if leg is not None:
            return leg
        hours = index.hours.get(name)
        if queue is not None and (hours is None or hours.open_at(now)):
            reason, priority = Reason(Rule.TRANSFER, queue.source), _priority(catalogue, path)
            return Queue(name, queue.wait_seconds, priority, SILENT, reason)
    wanted = _specialists(queue)
    if call.known.sender_away:
        return _after_transfer(catalogue, path, wanted)
    return back_to_agent(sent, catalogue.limits.agent_return_seconds, wanted)


def _after_transfer(catalogue: Catalogue, path: tuple[Outcome, ...], wanted: str = "") -> Queue:
    """The agent who sent the caller on is not free: the front of the general queue."""
    general = catalogue.general
    speech = Speech((catalogue.announcements.transfer_return,))
    reason = Reason(Rule.TRANSFER_RETURN, general.source)
    return Queue(general.name, 0, _priority(catalogue, path), speech, reason, wanted=wanted)


def _enter(
    catalogue: Catalogue,
    name: str,
    path: tuple[Outcome, ...],
    now: datetime,
    speech: Speech,
    reason: Reason,
    left: QueueRule | None = None,
) -> Queue:
    """Into a queue, or past it along its overflow while its seats are closed or it was tried."""
    index, priority = catalogue.index, _priority(catalogue, path)
    wanted = _specialists(left)
    tried = {outcome.step for outcome in path}
    for _ in range(len(index.queues)):
        queue = index.queues.get(name)
        if queue is None or queue.overflow is None:
            break
        hours = index.hours.get(name)
        if f"queue:{name}" in tried:
            name = queue.overflow
        elif hours is not None and not hours.open_at(now):
            name, reason = queue.overflow, Reason(Rule.OUT_OF_HOURS, queue.source)
            wanted = _specialists(queue) or wanted
        else:
            # Who was kept waiting elsewhere is not sent on once more.
            most = 0 if priority else queue.most_waiting or 0
            wanted = "" if _specialists(queue) else wanted
            return Queue(name, queue.wait_seconds, priority, speech, reason, most, wanted)
    general = index.general
    most = 0 if priority or f"queue:{general.name}" in tried else general.most_waiting or 0
    return Queue(general.name, 0, priority, speech, reason, most, wanted)


def _specialists(queue: QueueRule | None) -> str:
    """The name of a queue whose people cannot be replaced by others; "" for any other queue."""
    return queue.name if queue and queue.kind in (QueueKind.EXPERT, QueueKind.SERVICE) else ""


def _general(catalogue: Catalogue, path: tuple[Outcome, ...], rule: Rule) -> Queue:
    """Back to the general queue; the prompt also paces a queue that returns at once."""
    general = catalogue.general
    speech = Speech((catalogue.announcements.still_waiting,))
    return Queue(general.name, 0, _priority(catalogue, path), speech, Reason(rule, general.source))


def _waits_on(catalogue: Catalogue, call: Call) -> Queue:
    """Waited long or would, or as many wait as may: told so, offered a choice, and waits on."""
    rule, speech = offers.waiting_on(catalogue, call)
    reason = Reason(rule, catalogue.general.source)
    return Queue(catalogue.general.name, 0, _priority(catalogue, call.path), speech, reason)


def _of_an_offer(catalogue: Catalogue, call: Call, now: datetime) -> Step | None:
    """What follows where a waiting caller has just taken an offer, or has spoken a message."""
    if call.path[-1].step == messages.MESSAGE:
        return _after_message(catalogue, call, now)
    return _taken(catalogue, call, now)


def _taken(catalogue: Catalogue, call: Call, now: datetime) -> Step | None:
    """What was offered to a waiting caller and just chosen by its key; None for any other key."""
    before, last = replace(call, path=call.path[:-1]), call.path[-1]
    if not before.path or last.step != SPEECH or not last.result.startswith(KEY_PRESSED):
        return None
    key = last.result.removeprefix(KEY_PRESSED)
    return offers.taken(catalogue, _decided(catalogue, before, now), key)


def _after_message(catalogue: Catalogue, call: Call, now: datetime) -> Hangup | Queue:
    """A message that was offered and left ends the call; who said nothing waits for a person."""
    before = replace(call, path=call.path[:-1])
    offered = bool(before.path) and isinstance(_taken(catalogue, before, now), Message)
    if catalogue.message is not None and offered and messages.left(call):
        return messages.kept(catalogue.message, call, catalogue.general.source)
    person = call.path[-1].result == messages.PERSON
    return _general(catalogue, call.path, Rule.KEY_PERSON if person else Rule.MESSAGE_EMPTY)


def _priority(catalogue: Catalogue, path: tuple[Outcome, ...]) -> int:
    """Callers who were kept waiting elsewhere pass new ones; the highest claim counts."""
    limits, claim = catalogue.limits, 0
    for outcome in path:
        kind, _, _ = outcome.step.partition(":")
        if kind == offers.RING_BACK:
            claim = max(claim, catalogue.call_backs.priority)
        elif kind == "emergency":
            claim = max(claim, limits.emergency_priority)
        elif kind == "subcentre" or (kind == AGENT and outcome.result.startswith(TRANSFER)):
            claim = max(claim, limits.return_priority)
        elif kind == "queue" and outcome.result == "TIMEOUT":
            claim = max(claim, limits.overflow_priority)
    return claim


def _served(index: CatalogueIndex, hotline: Hotline) -> Hotline:
    """The hotline that serves a number: the one it has joined, or itself."""
    return index.hotlines.get(hotline.joined, hotline) if hotline.joined else hotline
