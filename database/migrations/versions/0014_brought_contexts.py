"""What a sub-centre tells us of a call it sends."""

import sqlalchemy as sa
from alembic import op

from database.base import Json, UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brought_contexts",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("centre", sa.String(16), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("deposited_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("call_id", sa.String(64)),
        sa.PrimaryKeyConstraint("digest", name="pk_brought_contexts"),
    )
    op.create_index("ix_brought_contexts_call", "brought_contexts", ["call_id"])
    op.create_index("ix_brought_contexts_centre", "brought_contexts", ["centre", "expires_at"])


def downgrade() -> None:
    op.drop_table("brought_contexts")
