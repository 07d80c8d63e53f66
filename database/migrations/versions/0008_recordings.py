"""What became of each call's recording, and whether it is paused while the call goes on."""

import sqlalchemy as sa
from alembic import op

from database.base import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("recorded", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("judged_at", UtcTime, nullable=False),
        sa.Column("deleted_at", UtcTime, nullable=True),
    )
    op.add_column("calls", sa.Column("recording", sa.String(8), nullable=True))
    op.create_index("ix_calls_ended", "calls", ["node", "ended_at"])


def downgrade() -> None:
    op.drop_index("ix_calls_ended", "calls")
    op.drop_column("calls", "recording")
    op.drop_table("recordings")
