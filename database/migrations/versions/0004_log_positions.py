"""Where the reading of Asterisk's own logs goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_positions",
        sa.Column("node", sa.String(32), nullable=False),
        sa.Column("log", sa.String(16), nullable=False),
        sa.Column("inode", sa.BigInteger, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("head", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("node", "log", name="pk_log_positions"),
    )


def downgrade() -> None:
    op.drop_table("log_positions")
