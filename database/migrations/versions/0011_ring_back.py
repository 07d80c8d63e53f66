"""Under which call we rang a number back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_backs", sa.Column("ring_call", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("call_backs", "ring_call")
