"""How satisfied the caller said to be, after the agent had hung up."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("satisfaction", sa.Integer, nullable=True))


def downgrade() -> None:
    op.drop_column("calls", "satisfaction")
