"""Tickets made of a message by voice, one a call."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("voice_seconds", sa.Integer))
    op.create_index(
        "ix_tickets_message",
        "tickets",
        ["call_id"],
        unique=True,
        sqlite_where=sa.text("voice_seconds IS NOT NULL"),
        postgresql_where=sa.text("voice_seconds IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_message", "tickets")
    op.drop_column("tickets", "voice_seconds")
