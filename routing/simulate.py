"""The steps a call would take, told before it is made: what `hotline simulate` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .catalogue import Catalogue, MergerMode
from .next_step import KEY_PRESSED, SPEECH, next_step
from .offers import FULL, LONG
from .steps import (
    AgentReturn,
    Ask,
    Call,
    CallBack,
    Emergency,
    Hangup,
    Message,
    Outcome,
    PartnerLine,
    Queue,
    Rule,
    Speech,
    Step,
    SubCentre,
    Survey,
)

# Somebody who can be rung back, as nearly every caller can: a mobile.
ANYBODY: Final = "13000000000"

_MODES = {
    MergerMode.MAIN: ("主号码", "main number"),
    MergerMode.MERGED: ("整体并入", "merged, number cancelled"),
    MergerMode.PARALLEL: ("双号并行", "parallel, number kept"),
    MergerMode.SUB_CENTRE: ("设分中心", "sub-centre"),
    MergerMode.EMERGENCY: ("紧急联动", "emergency, linked"),
}
_RESULTS = {
    "TIMEOUT": ("等待到时", "nobody answers in time"),
    "JOINEMPTY": ("无座席在岗", "no seat is staffed"),
    "FULL": ("等候人数已满", "as many wait as may"),
    "LONG": ("预计等候较长", "a long wait is expected"),
    "LEFT": ("说完留言", "a message is spoken"),
    "EMPTY": ("没有说话", "nothing is said"),
    "NOANSWER": ("无人接听或占线", "no answer or busy"),
    "CONTINUE": ("坐席挂机、来电人未挂", "the agent hung up, the caller stays"),
    "SILENCE": ("未按键", "no key"),
    "ANSWER": ("对方接听并挂机后", "after it was answered and hung up"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a simulated call.

    `when` is the result of the step before that leads here ("" at arrival), in words too; `depth`
    says which step that was. `source` is a clause of the plan, or the catalogue's file:line.
    """

    depth: int
    when: str
    when_zh: str
    when_en: str
    step: str
    zh: str
    en: str
    rule: str
    source: str

    def text(self, language: str = "zh") -> str:
        """The line as printed, indented under the step it follows, with its rule and source."""
        words = (self.when_zh, self.zh) if language == "zh" else (self.when_en, self.en)
        sentence = " → ".join(word for word in words if word)
        why = f"  [{self.rule} · {self.source}]" if self.rule else f"  [{self.source}]"
        return f"{'  ' * self.depth}{sentence}{why}"


def simulate(
    catalogue: Catalogue,
    number: str,
    at: datetime,
    caller: str = ANYBODY,
    results: Sequence[str] | None = None,
    trunk: str = "",
) -> tuple[Line, ...]:
    """The steps of a call to `number` at a time (the city's clock if it has no zone).

    With `results` ("key:1", "TIMEOUT", ...) the one path they give, else every plausible branch.
    """
    call = Call("simulated", number, caller, trunk)
    lines = [_arrival_line(catalogue, number)]
    if results is None:
        lines += _branches(catalogue, call, at, depth=1, when="", told=set())
    else:
        lines += _one_path(catalogue, call, at, results)
    return tuple(lines)


def _arrival_line(catalogue: Catalogue, number: str) -> Line:
    hotline = catalogue.hotline(number)
    if hotline is None:
        main = catalogue.main
        zh = f"拨打 {number}：目录中没有此号码，按 {main.number} 接听"
        en = f"{number} is dialled: in no list, answered as {main.number}"
        return Line(0, "", "", "", "arrival", zh, en, "", main.source)
    mode_zh, mode_en = _MODES[hotline.mode]
    zh = f"拨打 {number}：{hotline.name_zh}，{hotline.unit_zh}，{mode_zh}"
    en = f"{number} is dialled: {hotline.name_en}, {hotline.unit_en}, {mode_en}"
    return Line(0, "", "", "", "arrival", zh, en, "", hotline.source)


def _one_path(
    catalogue: Catalogue, call: Call, at: datetime, results: Sequence[str]
) -> Iterator[Line]:
    step = next_step(catalogue, call, at)
    yield _line(catalogue, step, 1, "")
    for depth, result in enumerate(results, start=2):
        if isinstance(step, CallBack | Hangup):
            return
        call = _after(call, step, result)
        step = next_step(catalogue, call, at)
        yield _line(catalogue, step, depth, result)


def _branches(
    catalogue: Catalogue, call: Call, at: datetime, depth: int, when: str, told: set[str]
) -> Iterator[Line]:
    """This step, then what follows each way it can end; the general queue ends every road.

    What is offered to those who wait there does not depend on their way: it is told once.
    """
    step = next_step(catalogue, call, at)
    yield _line(catalogue, step, depth, when)
    general = isinstance(step, Queue) and step.queue == catalogue.general.name
    for result in _offered(step, told) if general else _plausible_results(step):
        after = _after(call, step, result)
        yield from _branches(catalogue, after, at, depth + 1, result, told)


def _offered(step: Step, told: set[str]) -> tuple[str, ...]:
    """Keys, and the ways out of the general queue that have not been told yet."""
    assert isinstance(step, Queue)
    ways = {FULL: step.most_waiting, LONG: step.longest_expected, "TIMEOUT": step.wait_seconds}
    new = tuple(way for way, there in ways.items() if there and way not in told)
    told.update(new)
    return (*_keys(step), *new)


def _keys(step: Step) -> tuple[str, ...]:
    return tuple(f"{KEY_PRESSED}{key}" for key in step.speech.keys)


def _plausible_results(step: Step) -> tuple[str, ...]:
    keys = _keys(step)
    if isinstance(step, Queue):
        full = (FULL,) if step.most_waiting else ()
        return (*keys, *full, "TIMEOUT", "JOINEMPTY")
    if isinstance(step, Message):
        return (*keys, "LEFT", "EMPTY")
    if isinstance(step, Survey):
        return ("key:5", "SILENCE")
    if isinstance(step, Ask):
        return ("SILENCE",)
    if isinstance(step, (SubCentre, Emergency)):
        return (*keys, "ANSWER", "NOANSWER")
    return ()


def _after(call: Call, step: Step, result: str) -> Call:
    shortcut = result.startswith(KEY_PRESSED) and not isinstance(step, Survey)
    word = SPEECH if shortcut else step.word
    path = (*call.path, Outcome(word, result))
    return Call(call.call_id, call.dnis, call.caller_id, call.trunk, path)


def _line(catalogue: Catalogue, step: Step, depth: int, when: str) -> Line:
    when_zh, when_en = _when(when)
    said_zh, said_en = _said(catalogue, step.speech)
    done_zh, done_en = _done(catalogue, step)
    zh, en = f"{said_zh}{done_zh}", f"{said_en}{done_en}"
    rule, source = step.reason.rule.value, step.reason.source
    return Line(depth, when, when_zh, when_en, step.word, zh, en, rule, source)


def _when(result: str) -> tuple[str, str]:
    if not result:
        return "", ""
    if result.startswith(KEY_PRESSED):
        key = result.removeprefix(KEY_PRESSED)
        return f"按 {key} 键", f"key {key}"
    return _RESULTS.get(result, (result, result))


def _said(catalogue: Catalogue, speech: Speech) -> tuple[str, str]:
    if not speech.prompts:
        return "", ""
    prompts = [catalogue.prompts[name] for name in speech.prompts if name in catalogue.prompts]
    zh = "播放" + "".join(f"“{prompt.zh}”" for prompt in prompts) + " → "
    en = "plays " + " ".join(f"“{prompt.en}”" for prompt in prompts) + " → "
    return zh, en


def _done(catalogue: Catalogue, step: Step) -> tuple[str, str]:
    if isinstance(step, Queue):
        return _queued(catalogue, step)
    if isinstance(step, SubCentre):
        zh = f"转接分中心 {step.number}（对端 {step.peer}），振铃 {step.ring_seconds} 秒"
        return zh, f"dials sub-centre {step.number} (peer {step.peer}) for {step.ring_seconds} s"
    if isinstance(step, Emergency):
        zh = f"立即转接 {step.number}（对端 {step.peer}），振铃 {step.ring_seconds} 秒"
        return zh, f"dials {step.number} at once (peer {step.peer}) for {step.ring_seconds} s"
    if isinstance(step, CallBack):
        return "约定回拨，保留排队位置，挂机", "promises a call-back, keeps the place, hangs up"
    if isinstance(step, Message):
        zh = f"录音留言（最长 {step.seconds} 秒），立为工单"
        return zh, f"records a message ({step.seconds} s at most), which becomes a ticket"
    if isinstance(step, (PartnerLine, AgentReturn)):
        return f"接通 {step.word}", f"rings {step.word}"
    if isinstance(step, Hangup) and step.reason.rule is Rule.MESSAGE_LEFT:
        return "挂机（留言已立为工单）", "hangs up (the message is a ticket)"
    if isinstance(step, Survey):
        return (
            f"请按 1–5 评价，等 {step.seconds} 秒",
            f"waits {step.seconds} s for a key from 1 to 5",
        )
    if isinstance(step, Ask):
        return f"等待按键（{step.what}）", f"waits for keys ({step.what})"
    return "挂机（已有人接待）", "hangs up (a person has spoken with the caller)"


def _queued(catalogue: Catalogue, step: Queue) -> tuple[str, str]:
    rule = catalogue.queue(step.queue)
    name_zh = f"{rule.name_zh}（{step.queue}）" if rule else step.queue
    name_en = f"{rule.name_en} ({step.queue})" if rule else step.queue
    first_zh = f"，优先级 {step.priority}" if step.priority else ""
    first_en = f", priority {step.priority}" if step.priority else ""
    if step.queue == catalogue.general.name:
        zh, en = _waits(step)
    else:
        zh, en = f"，最多等 {step.wait_seconds} 秒", f", for {step.wait_seconds} s at most"
    return f"进入队列 {name_zh}{first_zh}{zh}", f"waits in queue {name_en}{first_en}{en}"


def _waits(step: Queue) -> tuple[str, str]:
    """In the general queue, until a person answers; meanwhile a call-back may be offered."""
    zh, en = "，一直等到有人接听", " until a person answers"
    if step.wait_seconds:
        wait = step.wait_seconds
        zh, en = f"{zh}，每 {wait} 秒询问是否回拨", f"{en}, offered a call-back every {wait} s"
    return zh, en
