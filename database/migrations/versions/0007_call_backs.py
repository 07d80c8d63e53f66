"""Who rang in vain and is owed a call-back."""

import sqlalchemy as sa
from alembic import op

from database.base import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN = sa.text("state <> 'closed'")


def upgrade() -> None:
    op.create_table(
        "call_backs",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("node", sa.String(32), nullable=False),
        sa.Column("caller", sa.String(32), nullable=False),
        sa.Column("hotline", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("last_at", UtcTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", UtcTime, nullable=False),
        sa.Column("taken_by", sa.String(32)),
        sa.Column("outcome", sa.String(16)),
        sa.Column("closed_at", UtcTime),
        sa.Column("closed_by", sa.String(32)),
        sa.Column("closed_call", sa.String(64)),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_backs"),
    )
    op.create_index(
        "ix_call_backs_open",
        "call_backs",
        ["caller"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_call_backs_caller", "call_backs", ["caller", "closed_at"])
    op.create_index("ix_call_backs_state", "call_backs", ["state", "since", "id"])
    op.create_index("ix_call_backs_changed", "call_backs", ["changed_at"])


def downgrade() -> None:
    op.drop_table("call_backs")
