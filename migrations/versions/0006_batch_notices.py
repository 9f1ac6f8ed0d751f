"""What is still to be entered in the custody records of a batch's exhibits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One new table, empty: until now a batch's entries were written in one transaction."""
    op.create_table(
        "batch_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_number", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=100), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("next_leaf", sa.Integer(), nullable=False),
        sa.CheckConstraint("next_leaf >= 0", name=op.f("ck_batch_notice_begins_at_a_leaf")),
        sa.ForeignKeyConstraint(
            ["batch_number"], ["batch.number"], name=op.f("fk_batch_notice_batch_number_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_notice")),
    )
    op.create_index(op.f("ix_batch_notice_batch_number"), "batch_notice", ["batch_number"])


def downgrade() -> None:
    """Entries that were still to be written are lost: let the worker finish first."""
    op.drop_index(op.f("ix_batch_notice_batch_number"), "batch_notice")
    op.drop_table("batch_notice")
