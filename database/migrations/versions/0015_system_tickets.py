"""At most one ticket a call that the system opened by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BY_SYSTEM = sa.text("created_by = '@system' AND voice_seconds IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_tickets_system",
        "tickets",
        ["call_id"],
        unique=True,
        sqlite_where=BY_SYSTEM,
        postgresql_where=BY_SYSTEM,
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_system", "tickets")
