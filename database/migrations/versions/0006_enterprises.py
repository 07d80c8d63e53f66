"""For whom a ticket speaks, and the enterprise it names."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = (("enterprise_name", 100), ("credit_code", 18), ("policy_category", 48))


def upgrade() -> None:
    audience = sa.Column("audience", sa.String(16), nullable=False, server_default="personal")
    op.add_column("tickets", audience)
    for name, length in COLUMNS:
        op.add_column("tickets", sa.Column(name, sa.String(length), nullable=True))


def downgrade() -> None:
    for name, _ in reversed(COLUMNS):
        op.drop_column("tickets", name)
    op.drop_column("tickets", "audience")
