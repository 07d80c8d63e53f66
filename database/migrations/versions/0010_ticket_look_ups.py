"""Who asked by telephone how a ticket stands."""

import sqlalchemy as sa
from alembic import op

from database.base import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_look_ups",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("told", sa.String(16), nullable=False),
    )
    op.create_index("ix_ticket_look_ups_number", "ticket_look_ups", ["number", "at"])


def downgrade() -> None:
    op.drop_table("ticket_look_ups")
