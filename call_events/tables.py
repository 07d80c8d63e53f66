"""The tables of this room: calls, what happened to them, and what each agent is doing."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Json, UtcTime


class CallRow(Base):
    """One call of a citizen, from the first ring to the last hang-up."""

    __tablename__ = "calls"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    node: Mapped[str] = mapped_column(String(32))
    dnis: Mapped[str] = mapped_column(String(32))
    hotline: Mapped[str] = mapped_column(String(32))
    caller_id: Mapped[str] = mapped_column(String(32))
    trunk: Mapped[str] = mapped_column(String(64))
    merger_mode: Mapped[str] = mapped_column(String(32))
    arrived_at: Mapped[datetime] = mapped_column(UtcTime)
    queued_at: Mapped[datetime | None] = mapped_column(UtcTime)
    queue: Mapped[str | None] = mapped_column(String(64))
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    agent: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    dial_status: Mapped[str | None] = mapped_column(String(32))
    hangup_cause: Mapped[int | None] = mapped_column(Integer)
    wait_ms: Mapped[int | None] = mapped_column(BigInteger)
    talk_ms: Mapped[int | None] = mapped_column(BigInteger)
    path: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    landed_by: Mapped[str | None] = mapped_column(String(16))
    # The queue of experts or service seats that the caller went without.
    wants_expert: Mapped[str | None] = mapped_column(String(64))
    # While the call goes on: on or paused, as Asterisk said last. Afterwards `recordings` counts.
    recording: Mapped[str | None] = mapped_column(String(8))

    # The caller's answer after the call: 1 very dissatisfied, 5 very satisfied.
    satisfaction: Mapped[int | None] = mapped_column(Integer)
    # Oldest first, each with its outcome (call_events.transfers.Transfer).
    transfers: Mapped[list[dict[str, Any]]] = mapped_column(
        Json, default=list, server_default=text("'[]'")
    )

    __table_args__ = (
        Index("ix_calls_arrived", "arrived_at", "call_id"),
        Index("ix_calls_caller", "caller_id", "arrived_at"),
        Index("ix_calls_agent", "agent", "arrived_at"),
        Index("ix_calls_ended", "node", "ended_at"),
        Index(
            "ix_calls_open",
            "node",
            sqlite_where=text("state <> 'ended'"),
            postgresql_where=text("state <> 'ended'"),
        ),
    )


class CallEventRow(Base):
    """One event, append-only; `source` makes writing it twice impossible."""

    __tablename__ = "call_events"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    type: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcTime)
    call_id: Mapped[str | None] = mapped_column(String(64))
    agent: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    source: Mapped[str] = mapped_column(String(160), unique=True)

    __table_args__ = (Index("ix_call_events_call", "call_id", "id"),)


class AgentStateRow(Base):
    """What one agent is doing now; `agent` is the extension, `phone` web or desk."""

    __tablename__ = "agent_states"

    agent: Mapped[str] = mapped_column(String(32), primary_key=True)
    node: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    since: Mapped[datetime] = mapped_column(UtcTime)
    until: Mapped[datetime | None] = mapped_column(UtcTime)
    phone: Mapped[str | None] = mapped_column(String(16))
    call_id: Mapped[str | None] = mapped_column(String(64))
    queues: Mapped[list[str]] = mapped_column(Json)


class CallBackRow(Base):
    """One number that rang in vain and is owed a call; at most one open row a number.

    `caller` is in the caller's one spelling. `since` is the arrival of the first call owed (the
    caller's place), `last_at` the end of the latest; `closed_call` the call that settled it.
    """

    __tablename__ = "call_backs"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    node: Mapped[str] = mapped_column(String(32))
    caller: Mapped[str] = mapped_column(String(32))
    hotline: Mapped[str] = mapped_column(String(32))
    call_id: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(UtcTime)
    last_at: Mapped[datetime] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    due: Mapped[datetime] = mapped_column(UtcTime)
    taken_by: Mapped[str | None] = mapped_column(String(32))
    outcome: Mapped[str | None] = mapped_column(String(16))
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_by: Mapped[str | None] = mapped_column(String(32))
    closed_call: Mapped[str | None] = mapped_column(String(64))
    # The call_id under which we rang last; Asterisk takes no id twice.
    ring_call: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index(
            "ix_call_backs_open",
            "caller",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_call_backs_caller", "caller", "closed_at"),
        Index("ix_call_backs_state", "state", "since", "id"),
        Index("ix_call_backs_changed", "changed_at"),
    )


class LogPositionRow(Base):
    """Up to where one of Asterisk's own logs is in the tables above; `log` is queue_log or cel."""

    __tablename__ = "log_positions"

    node: Mapped[str] = mapped_column(String(32), primary_key=True)
    log: Mapped[str] = mapped_column(String(16), primary_key=True)
    inode: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(32))


class RecordingRow(Base):
    """What became of the recording of a call in which two spoke; a row is the verdict.

    `recorded` is true only when the file holds the whole conversation.
    """

    __tablename__ = "recordings"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    recorded: Mapped[bool] = mapped_column(Boolean)
    seconds: Mapped[int] = mapped_column(Integer)
    judged_at: Mapped[datetime] = mapped_column(UtcTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcTime)


class BroughtContextRow(Base):
    """What a sub-centre told us of a call it was about to send; `call_id` once that call came.

    `digest` of the key we gave out for it: whoever reads the table cannot use the key. `facts` as
    the ticket form names them, and `reference`, the sub-centre's own number for the matter.
    """

    __tablename__ = "brought_contexts"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    centre: Mapped[str] = mapped_column(String(16))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    deposited_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    call_id: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_brought_contexts_call", "call_id"),
        Index("ix_brought_contexts_centre", "centre", "expires_at"),
    )


calls = cast(Table, CallRow.__table__)
call_events = cast(Table, CallEventRow.__table__)
agent_states = cast(Table, AgentStateRow.__table__)
call_backs = cast(Table, CallBackRow.__table__)
recordings = cast(Table, RecordingRow.__table__)
brought_contexts = cast(Table, BroughtContextRow.__table__)
log_positions = cast(Table, LogPositionRow.__table__)
