"""Which header named a call's number, and which experts its caller went without."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("landed_by", sa.String(16), nullable=True))
    op.add_column("calls", sa.Column("wants_expert", sa.String(64), nullable=True))
    op.add_column("tickets", sa.Column("expert_queue", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("tickets", "expert_queue")
    op.drop_column("calls", "wants_expert")
    op.drop_column("calls", "landed_by")
