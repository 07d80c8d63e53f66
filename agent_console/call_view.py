"""A call as the page shows it: the catalogue's names put in, the caller's number masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel

from routing.audience import Audience, audience_of
from routing.catalogue import Catalogue
from routing.numbers import masked


class CallFacts(Protocol):
    """What is known of a call, be it a row or the call as this process follows it live."""

    @property
    def call_id(self) -> str: ...
    @property
    def dnis(self) -> str: ...
    @property
    def hotline(self) -> str: ...
    @property
    def caller_id(self) -> str: ...
    @property
    def merger_mode(self) -> str: ...
    @property
    def queue(self) -> str | None: ...
    @property
    def agent(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def arrived_at(self) -> datetime: ...
    @property
    def queued_at(self) -> datetime | None: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def wait_ms(self) -> int | None: ...
    @property
    def talk_ms(self) -> int | None: ...
    @property
    def landed_by(self) -> str | None: ...
    @property
    def wants_expert(self) -> str | None: ...
    @property
    def recording(self) -> str | None: ...
    @property
    def transfers(self) -> Sequence[dict[str, Any]]: ...
    @property
    def path(self) -> Sequence[dict[str, Any]]: ...


class HotlineView(BaseModel):
    """The line that was dialled, in both languages."""

    number: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    mode: str


class TransferView(BaseModel):
    """One transfer of a call with its outcome; `result` is "" while it goes on.

    `expert`: the seat that answered, where our own people were asked in a room.
    """

    number: int
    target: str
    name_zh: str
    name_en: str
    how: str
    agent: str | None
    state: str
    result: str
    expert: str | None = None
    at: datetime


class CallView(BaseModel):
    """One call; times are UTC, waits and talks in milliseconds."""

    call_id: str
    dnis: str
    hotline: HotlineView
    caller_masked: str
    queue: str | None
    agent: str | None
    state: str
    outcome: str | None
    arrived_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    wait_ms: int | None
    talk_ms: int | None
    landed_by: str | None
    wants_expert: str | None
    audience: Audience
    recording: str | None
    transfers: list[TransferView]
    path: list[dict[str, Any]]
    ticket_numbers: list[str]


def hotline_json(catalogue: Catalogue, number: str, mode: str | None = None) -> dict[str, Any]:
    """The catalogue's words for a line; one it no longer lists shows as its number."""
    line = catalogue.hotline(number)
    if line is None:
        names = dict.fromkeys(("name_zh", "name_en"), number)
        units = dict.fromkeys(("unit_zh", "unit_en"), "")
        return {"number": number, **names, **units, "mode": mode or ""}
    return {
        "number": line.number,
        "name_zh": line.name_zh,
        "name_en": line.name_en,
        "unit_zh": line.unit_zh,
        "unit_en": line.unit_en,
        "mode": mode or line.mode.value,
    }


def call_audience(facts: CallFacts, catalogue: Catalogue) -> Audience:
    """Whether the call came for the enterprise line."""
    steps = [(str(one.get("step", "")), str(one.get("last") or "")) for one in facts.path]
    return audience_of(catalogue, facts.hotline, steps)


def call_json(
    facts: CallFacts, catalogue: Catalogue, ticket_numbers: Sequence[str] = ()
) -> dict[str, Any]:
    """The call as JSON; plain dicts, since every ringing phone waits for this."""
    return {
        "call_id": facts.call_id,
        "dnis": facts.dnis,
        "hotline": hotline_json(catalogue, facts.hotline, facts.merger_mode),
        "caller_masked": masked(facts.caller_id),
        "queue": facts.queue,
        "agent": facts.agent,
        "state": facts.state,
        "outcome": facts.outcome,
        "arrived_at": _iso(facts.arrived_at),
        "queued_at": _iso(facts.queued_at),
        "answered_at": _iso(facts.answered_at),
        "ended_at": _iso(facts.ended_at),
        "wait_ms": facts.wait_ms,
        "talk_ms": facts.talk_ms,
        "landed_by": facts.landed_by,
        "wants_expert": facts.wants_expert,
        "audience": call_audience(facts, catalogue),
        "recording": facts.recording,
        "transfers": [_transfer(catalogue, transfer) for transfer in facts.transfers],
        "path": list(facts.path),
        "ticket_numbers": list(ticket_numbers),
    }


def _transfer(catalogue: Catalogue, transfer: Mapping[str, Any]) -> dict[str, Any]:
    name = transfer["target"]
    target = catalogue.index.targets.get(name) or catalogue.hotline(name)
    names = (target.name_zh, target.name_en) if target else (name, name)
    return {**transfer, "name_zh": names[0], "name_en": names[1]}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
