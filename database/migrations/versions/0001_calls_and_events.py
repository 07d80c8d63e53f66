"""Calls, their events and the agents' states."""

import sqlalchemy as sa
from alembic import op

from database.base import Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OPEN = sa.text("state <> 'ended'")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("node", sa.String(32), nullable=False),
        sa.Column("dnis", sa.String(32), nullable=False),
        sa.Column("hotline", sa.String(32), nullable=False),
        sa.Column("caller_id", sa.String(32), nullable=False),
        sa.Column("trunk", sa.String(64), nullable=False),
        sa.Column("merger_mode", sa.String(32), nullable=False),
        sa.Column("arrived_at", UtcTime, nullable=False),
        sa.Column("queued_at", UtcTime),
        sa.Column("queue", sa.String(64)),
        sa.Column("answered_at", UtcTime),
        sa.Column("agent", sa.String(32)),
        sa.Column("ended_at", UtcTime),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("dial_status", sa.String(32)),
        sa.Column("hangup_cause", sa.Integer),
        sa.Column("wait_ms", sa.BigInteger),
        sa.Column("talk_ms", sa.BigInteger),
        sa.Column("path", Json, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_calls"),
    )
    op.create_index("ix_calls_arrived", "calls", ["arrived_at", "call_id"])
    op.create_index("ix_calls_caller", "calls", ["caller_id", "arrived_at"])
    op.create_index("ix_calls_agent", "calls", ["agent", "arrived_at"])
    op.create_index("ix_calls_open", "calls", ["node"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "call_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("call_id", sa.String(64)),
        sa.Column("agent", sa.String(32)),
        sa.Column("data", Json, nullable=False),
        sa.Column("source", sa.String(160), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_events"),
        sa.UniqueConstraint("source", name="uq_call_events_source"),
    )
    op.create_index("ix_call_events_call", "call_events", ["call_id", "id"])
    op.create_table(
        "agent_states",
        sa.Column("agent", sa.String(32), nullable=False),
        sa.Column("node", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("until", UtcTime),
        sa.Column("phone", sa.String(16)),
        sa.Column("call_id", sa.String(64)),
        sa.Column("queues", Json, nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_agent_states"),
    )


def downgrade() -> None:
    op.drop_table("agent_states")
    op.drop_table("call_events")
    op.drop_table("calls")
