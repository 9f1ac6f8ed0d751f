"""Drafts of agreements written together; a version of an agreement names the revision it froze, no template."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    """Five new tables, empty; versions made before keep their text and say nothing of a draft."""
    _drafts()
    _proposals()
    _changes()
    _comments()
    _overrides()
    with op.batch_alter_table("settlement") as table:
        table.add_column(sa.Column("draft_revision", sa.Integer(), nullable=True))
        table.drop_column("template")


def _drafts() -> None:
    op.create_table(
        "agreement_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("seats", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("activity", sa.Integer(), nullable=False),
        sa.Column("last_clause", sa.Integer(), nullable=False),
        sa.Column("last_fact", sa.Integer(), nullable=False),
        sa.Column("open_editing", sa.Boolean(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "revision >= 0 AND activity >= revision", name=op.f("ck_agreement_draft_counts_agree")
        ),
        _key("agreement_draft", "case_id", "mediation_case"),
        _key("agreement_draft", "opened_by_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_draft")),
        sa.UniqueConstraint("case_id", name=op.f("uq_agreement_draft_case_id")),
    )


def _proposals() -> None:
    states = ("open", "accepted", "rejected", "withdrawn", "outdated")
    op.create_table(
        "draft_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=8), nullable=True),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("operation", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*states, name="proposal_state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_draft_proposal_decided_has_time")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_draft_proposal_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR reason IS NOT NULL", name=op.f("ck_draft_proposal_rejected_has_reason")
        ),
        _key("draft_proposal", "draft_id", "agreement_draft"),
        _key("draft_proposal", "author_id", "participant"),
        _key("draft_proposal", "decided_by_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_proposal")),
        sa.UniqueConstraint(
            "draft_id", "author_id", "client_id", name=op.f("uq_draft_proposal_draft_id_author_id_client_id")
        ),
    )
    op.create_index(op.f("ix_draft_proposal_draft_id"), "draft_proposal", ["draft_id"])


def _changes() -> None:
    kinds = ("edit", "add", "remove", "move", "restore", "accept")
    op.create_table(
        "draft_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*kinds, name="change_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("target", sa.String(length=8), nullable=True),
        sa.Column("patch", sa.JSON(), nullable=False),
        sa.Column("touched", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("base < revision", name=op.f("ck_draft_change_base_before")),
        sa.CheckConstraint(
            "(kind = 'accept') = (proposal_id IS NOT NULL)", name=op.f("ck_draft_change_accept_has_proposal")
        ),
        _key("draft_change", "draft_id", "agreement_draft"),
        _key("draft_change", "author_id", "participant"),
        _key("draft_change", "proposal_id", "draft_proposal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_change")),
        sa.UniqueConstraint("draft_id", "revision", name=op.f("uq_draft_change_draft_id_revision")),
        sa.UniqueConstraint(
            "draft_id", "author_id", "client_id", name=op.f("uq_draft_change_draft_id_author_id_client_id")
        ),
    )
    op.create_index(op.f("ix_draft_change_draft_id"), "draft_change", ["draft_id"])


def _comments() -> None:
    op.create_table(
        "draft_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=8), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reply_to_id", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by_id IS NULL)",
            name=op.f("ck_draft_comment_resolved_by_somebody"),
        ),
        _key("draft_comment", "draft_id", "agreement_draft"),
        _key("draft_comment", "author_id", "participant"),
        _key("draft_comment", "reply_to_id", "draft_comment"),
        _key("draft_comment", "resolved_by_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_comment")),
        sa.UniqueConstraint(
            "draft_id", "author_id", "client_id", name=op.f("uq_draft_comment_draft_id_author_id_client_id")
        ),
    )
    op.create_index(op.f("ix_draft_comment_draft_id"), "draft_comment", ["draft_id"])


def _overrides() -> None:
    op.create_table(
        "draft_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=8), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        _key("draft_override", "draft_id", "agreement_draft"),
        _key("draft_override", "by_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_override")),
        sa.UniqueConstraint(
            "draft_id", "rule", "target", "sha256", name=op.f("uq_draft_override_draft_id_rule_target_sha256")
        ),
    )
    op.create_index(op.f("ix_draft_override_draft_id"), "draft_override", ["draft_id"])


def downgrade() -> None:
    """Drafts and what was said about them are lost; versions count as made from the general template."""
    with op.batch_alter_table("settlement") as table:
        table.add_column(
            sa.Column("template", sa.String(length=60), nullable=False, server_default="general")
        )
        table.drop_column("draft_revision")
    with op.batch_alter_table("settlement") as table:
        table.alter_column("template", server_default=None)
    for name in ("draft_override", "draft_comment", "draft_change", "draft_proposal", "agreement_draft"):
        op.drop_table(name)
