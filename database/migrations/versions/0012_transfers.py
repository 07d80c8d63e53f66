"""The transfers of a call, each with its outcome."""

import sqlalchemy as sa
from alembic import op

from database.base import Json

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("transfers", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("calls", "transfers")
