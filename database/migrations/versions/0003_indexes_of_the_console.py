"""An agent's missed calls and own tickets, found without reading everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MISSED = sa.text("type = 'MemberMissed'")


def upgrade() -> None:
    op.create_index(
        "ix_call_events_missed",
        "call_events",
        ["agent", "at"],
        sqlite_where=MISSED,
        postgresql_where=MISSED,
    )
    op.create_index("ix_tickets_author", "tickets", ["created_by", "created_at", "number"])


def downgrade() -> None:
    op.drop_index("ix_tickets_author", "tickets")
    op.drop_index("ix_call_events_missed", "call_events")
