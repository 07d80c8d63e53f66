"""Who rang in vain and is owed a call-back: one open row a number, told by the calls themselves.

Both witnesses write here, AMI's and the files', in any order and as often as they like: a call is
owed for only as long as nobody has spoken with its number since it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from routing.numbers import caller_number

from .call_state import RUNG_BACK, Call, Outcome
from .tables import call_backs, calls


class Why(StrEnum):
    """Why a number is owed a call; the strongest claim first."""

    PROMISED = "promised"
    INTERRUPTED = "interrupted"
    TURNED_AWAY = "turned_away"
    MISSED = "missed"


class CallBackState(StrEnum):
    """`taken`: a person has put their name to it; `ringing`: we ring the citizen until `due`."""

    OPEN = "open"
    RINGING = "ringing"
    TAKEN = "taken"
    CLOSED = "closed"


class CallBackOutcome(StrEnum):
    """How a call-back ended; `rang_again`: the citizen was answered on a call of their own."""

    REACHED = "reached"
    RANG_AGAIN = "rang_again"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"


WHY: Final[Mapping[Outcome, Why]] = {
    Outcome.ABANDONED: Why.MISSED,
    Outcome.CALL_BACK: Why.PROMISED,
    Outcome.REFUSED: Why.TURNED_AWAY,
    Outcome.TURNED_AWAY: Why.TURNED_AWAY,
    Outcome.INTERRUPTED: Why.INTERRUPTED,
}
_STRENGTH: Final = list(Why)
# A call that is still going on when another of its number is answered began at most so long before.
_OVERLAP: Final = timedelta(hours=2)


@dataclass(slots=True)
class _Claim:
    """What one number is owed for by the calls at hand."""

    call: Call
    why: Why
    since: datetime
    last_at: datetime

    def add(self, call: Call, why: Why) -> None:
        assert call.ended_at is not None
        self.why = min(self.why, why, key=_STRENGTH.index)
        self.since = min(self.since, call.arrived_at)
        self.last_at = max(self.last_at, call.ended_at)


def keep_call_backs(connection: Connection, told: Iterable[Call]) -> None:
    """Lay calls that are in the table of calls over what numbers are owed, in its transaction.

    Errors: SQLAlchemyError.
    """
    vain: dict[str, list[Call]] = {}
    answered: dict[str, Call] = {}
    for call in told:
        number = caller_number(call.caller_id)
        if not number:
            continue  # withheld: there is nobody to ring
        if call.ended_at is not None and _why(call) is not None:
            vain.setdefault(number, []).append(call)
        elif call.answered_at is not None and call.outcome != Outcome.INTERRUPTED:
            known = answered.get(number)
            if known is None or known.answered_at < call.answered_at:  # type: ignore[operator]
                answered[number] = call
    if not vain and not answered:
        return
    rows = _open_rows(connection, {*vain, *answered})
    if vain:
        _claim(connection, vain, rows)
    _settle(connection, answered, rows)


def _why(call: Call) -> Why | None:
    """The claim of a call that is over; none where a person spoke with the caller to the end."""
    if call.outcome is None or (call.answered_at and call.outcome != Outcome.INTERRUPTED):
        return None
    return WHY.get(Outcome(call.outcome))


def _open_rows(connection: Connection, numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    found = connection.execute(
        select(call_backs).where(
            call_backs.c.caller.in_(numbers), call_backs.c.state != CallBackState.CLOSED
        )
    )
    return {row["caller"]: dict(row) for row in found.mappings()}


def _claim(
    connection: Connection,
    vain: Mapping[str, list[Call]],
    rows: dict[str, dict[str, Any]],
) -> None:
    settled = _settlements(connection, vain)
    fresh = []
    for number, ended in vain.items():
        owed = [
            call
            for call in ended
            if number not in settled or settled[number] < call.ended_at  # type: ignore[operator]
        ]
        if not owed:
            continue
        claim = _claim_of(owed)
        row = rows.get(number)
        if row is None:
            fresh.append(_row(number, claim))
        else:
            _extend(connection, row, claim)
    if fresh:
        postgres = connection.dialect.name == "postgresql"
        insert = (postgresql.insert if postgres else sqlite.insert)(call_backs)
        connection.execute(insert.on_conflict_do_nothing(), fresh)


def _claim_of(owed: Iterable[Call]) -> _Claim:
    first, *others = sorted(owed, key=lambda call: call.arrived_at)
    why = _why(first)
    assert why is not None
    assert first.ended_at is not None
    claim = _Claim(first, why, first.arrived_at, first.ended_at)
    for call in others:
        claim.add(call, _why(call) or why)
    return claim


def _row(number: str, claim: _Claim) -> dict[str, Any]:
    return {
        "node": claim.call.node,
        "caller": number,
        "hotline": claim.call.hotline,
        "call_id": claim.call.call_id,
        "why": claim.why,
        "since": claim.since,
        "last_at": claim.last_at,
        "attempts": 0,
        "state": CallBackState.OPEN,
        "due": claim.last_at,
        "changed_at": datetime.now(UTC),
    }


def _extend(connection: Connection, row: dict[str, Any], claim: _Claim) -> None:
    """The number rang in vain once more, or earlier than was known; it is owed one call still."""
    values: dict[str, Any] = {}
    if claim.since < row["since"]:
        values |= {"since": claim.since, "call_id": claim.call.call_id}
        values |= {"hotline": claim.call.hotline}
    if claim.last_at > row["last_at"]:
        values["last_at"] = claim.last_at
    if _STRENGTH.index(claim.why) < _STRENGTH.index(Why(row["why"])):
        values["why"] = claim.why
    if values:
        values["changed_at"] = datetime.now(UTC)
        row.update(values)
        connection.execute(update(call_backs).where(call_backs.c.id == row["id"]).values(values))


def _settlements(connection: Connection, vain: Mapping[str, list[Call]]) -> dict[str, datetime]:
    """When somebody last spoke with each number, or its last call-back was closed."""
    ended = [call for calls_of in vain.values() for call in calls_of]
    found = connection.execute(
        select(call_backs.c.caller, func.max(call_backs.c.closed_at))
        .where(call_backs.c.caller.in_(vain), call_backs.c.closed_at.is_not(None))
        .group_by(call_backs.c.caller)
    )
    settled = {row[0]: row[1] for row in found}
    presented = {call.caller_id for call in ended} | set(vain)
    first = min(call.arrived_at for call in ended) - _OVERLAP
    spoken = connection.execute(
        select(calls.c.caller_id, func.max(calls.c.answered_at))
        .where(
            calls.c.caller_id.in_(presented),
            calls.c.arrived_at >= first,
            calls.c.answered_at.is_not(None),
            func.coalesce(calls.c.outcome, "") != Outcome.INTERRUPTED,
        )
        .group_by(calls.c.caller_id)
    )
    for caller_id, at in spoken:
        number = caller_number(caller_id)
        settled[number] = max(settled.get(number, at), at)
    return settled


def _ended_by(call: Call) -> CallBackOutcome:
    reached = call.landed_by == RUNG_BACK
    return CallBackOutcome.REACHED if reached else CallBackOutcome.RANG_AGAIN


def _settle(
    connection: Connection,
    answered: Mapping[str, Call],
    rows: Mapping[str, Mapping[str, Any]],
) -> None:
    """A person has spoken with the number: nothing is owed for what came before."""
    for number, call in answered.items():
        row = rows.get(number)
        if row is None or call.answered_at is None or row["last_at"] > call.answered_at:
            continue
        connection.execute(
            update(call_backs)
            .where(call_backs.c.id == row["id"], call_backs.c.state != CallBackState.CLOSED)
            .values(
                state=CallBackState.CLOSED,
                outcome=_ended_by(call),
                closed_at=call.answered_at,
                closed_by=call.agent,
                closed_call=call.call_id,
                changed_at=datetime.now(UTC),
            )
        )
