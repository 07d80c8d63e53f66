"""What the files tell, laid over what AMI told: gaps filled, guesses corrected, the rest kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from .call_state import Call, Outcome
from .changes import Draft
from .tables import calls
from .transfers import OVER

# queue_log has whole seconds: within this both witnesses say the same.
SAME: Final = timedelta(seconds=1)
ONCE: Final = frozenset(("CallArrived", "CallAbandoned", "CallEnded"))
TIMES: Final = ("arrived_at", "queued_at", "answered_at", "ended_at")
SPANS: Final = ("wait_ms", "talk_ms")
FACTS: Final = ("queue", "agent", "outcome", "state")
OF_THE_ANSWER: Final = ("answered_at", "agent", "wait_ms", "talk_ms", "outcome")
COLUMNS: Final = tuple(column.name for column in calls.columns)


@dataclass(frozen=True, slots=True)
class Correction:
    """An event whose time or outcome was a guess; its id stays."""

    id: int
    at: datetime
    data: Mapping[str, Any]


def merge_call(
    known: Mapping[str, Any] | None, call: Call, *, steady: bool = True
) -> dict[str, Any] | None:
    """The row as it should be; None when it is right as it stands.

    `steady` False: the clock was set back during the call; AMI's times and spans are the better,
    unless it missed the answer, so that they are none.
    """
    told = {name: getattr(call, name) for name in COLUMNS}
    if known is None:
        return told
    row = dict(known)
    keep = _kept(known, told)
    # Without its answer a wait seemed to last until the call was over.
    missed = known["answered_at"] is None and told["answered_at"] is not None
    for name in COLUMNS:
        seen = known[name] is not None and name in (*TIMES, *SPANS)
        if name in keep or (seen and not steady and not missed):
            continue
        if _better(name, known[name], told[name]) or (
            missed and name in OF_THE_ANSWER and told[name] is not None
        ):
            row[name] = told[name]
    row["path"] = _merge_path(known["path"], told["path"])
    row["transfers"] = _merge_transfers(known["transfers"], told["transfers"])
    return row if row != dict(known) else None


def merge_events(
    known: Sequence[Mapping[str, Any]], told: Sequence[Draft], *, steady: bool = True
) -> tuple[list[Draft], list[Correction]]:
    """Events that are missing, and those whose guess is corrected.

    The same thing is recognised by kind, agent and nearest time, whatever its source is called:
    after a gap AMI counts from where it came back.
    """
    left = list(known)
    missing: list[Draft] = []
    wrong: list[Correction] = []
    sources = {event["source"] for event in known}
    for draft in told:
        same = [event for event in left if _same(event, draft)]
        if not same:
            missing.append(_named_apart(draft, sources))
            continue
        event = min(same, key=lambda other: abs(other["at"] - draft.at))
        left.remove(event)
        if steady and draft.type != "StepTaken" and _differs(event, draft):
            wrong.append(Correction(event["id"], draft.at, {**event["data"], **_said(draft)}))
    return missing, wrong


def _kept(known: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[str, ...]:
    """A row of a log may be torn: what was seen is not unseen by its absence there."""
    if told["outcome"] is Outcome.INTERRUPTED and known["hangup_cause"] is not None:
        return (*OF_THE_ANSWER, "ended_at")  # AMI saw the end
    if known["answered_at"] is not None and told["answered_at"] is None:
        unfinished = told["outcome"] is Outcome.INTERRUPTED
        return OF_THE_ANSWER[:-1] if unfinished else OF_THE_ANSWER
    if known["queued_at"] is not None and told["queued_at"] is None:
        return ("wait_ms",)
    return ()


def _better(name: str, known: Any, told: Any) -> bool:
    if told in (None, "", []):
        return False
    if known in (None, "", []):
        return True
    if name in TIMES:
        return bool(abs(known - told) > SAME)
    if name in SPANS:
        return bool(abs(known - told) > SAME / timedelta(milliseconds=1))
    return name in FACTS and known != told


def _merge_path(
    known: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    steps = {step["seq"]: step for step in told} | {step["seq"]: step for step in known}
    return [steps[seq] for seq in sorted(steps)]


def _merge_transfers(
    known: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """A transfer whose end we did not hear is as the files tell it."""
    heard = {transfer["number"]: transfer for transfer in known if transfer["state"] in OVER}
    transfers = {t["number"]: t for t in (*known, *told)} | heard
    return [transfers[number] for number in sorted(transfers)]


def _same(event: Mapping[str, Any], draft: Draft) -> bool:
    if event["type"] != draft.type:
        return False
    if draft.type in ONCE:
        return True
    if draft.type == "StepTaken":
        return bool(event["source"] == draft.source)
    return bool(event["agent"] == draft.agent)


def _differs(event: Mapping[str, Any], draft: Draft) -> bool:
    outcome = draft.data.get("outcome")
    known = event["data"].get("outcome")
    if outcome is not None and known != outcome:
        return not (known == Outcome.ANSWERED and outcome == Outcome.ABANDONED)
    return bool(abs(event["at"] - draft.at) > SAME)


def _said(draft: Draft) -> dict[str, Any]:
    return {name: value for name, value in draft.data.items() if value not in (None, "")}


def _named_apart(draft: Draft, sources: set[str]) -> Draft:
    if draft.source not in sources:
        return draft
    source = f"{draft.call_id}:{draft.type}:at{round(draft.at.timestamp() * 1000)}"
    return Draft(draft.type, draft.at, draft.call_id, draft.agent, draft.data, source)
