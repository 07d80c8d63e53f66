"""Which header named the number a call landed at."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("landed_by", sa.String(16), nullable=True))


def downgrade() -> None:
    op.drop_column("calls", "landed_by")
