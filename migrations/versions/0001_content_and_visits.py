"""Content and visits."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step up."""
    op.create_table(
        "channels",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("label", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("code", name=op.f("uq_channels_code")),
    )
    op.create_table(
        "consultations",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closing_soon_hours", sa.Integer(), nullable=False),
        sa.Column("hub_url", sa.String(length=2000), nullable=False),
        sa.Column("allowed_hosts", sa.JSON(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("responding_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "closes_at > opens_at", name=op.f("ck_consultations_closes_after_it_opens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("slug", name=op.f("uq_consultations_slug")),
    )
    op.create_table(
        "contact_cards",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("role", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("organisation", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_cards")),
        sa.UniqueConstraint("slug", name=op.f("uq_contact_cards_slug")),
    )
    op.create_table(
        "content_records",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_content_records")),
    )
    with op.batch_alter_table("content_records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_content_records_pack"), ["pack"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_revisions_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_table(
        "short_links",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column(
            "target_kind",
            sa.Enum(
                "page",
                "url",
                "hub",
                name="linktarget",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("target", sa.String(length=2000), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(target_kind = 'hub') = (target IS NULL)",
            name=op.f("ck_short_links_target_unless_hub"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_short_links")),
        sa.UniqueConstraint("slug", name=op.f("uq_short_links_slug")),
    )
    op.create_table(
        "contact_channels",
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "phone",
                "wechat_id",
                "wechat_picture",
                "email",
                name="contactkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["contact_cards.id"],
            name=op.f("fk_contact_channels_card_id_contact_cards"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_channels")),
        sa.UniqueConstraint("card_id", "key", name=op.f("uq_contact_channels_card_id_key")),
    )
    op.create_table(
        "documents",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "draft",
                "resource",
                "form",
                name="documentkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("change_note", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("standard", sa.String(length=20), nullable=True),
        sa.Column("version", sa.String(length=20), nullable=True),
        sa.Column("section", sa.String(length=20), nullable=True),
        sa.Column(
            "language",
            sa.Enum(
                "zh", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("original_name", sa.String(length=200), nullable=True),
        sa.Column("download_name", sa.String(length=120), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_documents_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("slug", name=op.f("uq_documents_slug")),
    )
    op.create_table(
        "feedback_channels",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column(
            "route",
            sa.Enum(
                "survey",
                "excel_by_email",
                "email",
                name="feedbackroute",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("purpose", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_feedback_channels_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_channels")),
        sa.UniqueConstraint(
            "consultation_id", "key", name=op.f("uq_feedback_channels_consultation_id_key")
        ),
    )
    op.create_table(
        "link_visits",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column(
            "client",
            sa.Enum(
                "wechat",
                "mini_program",
                "wechat_desktop",
                "wecom",
                "browser",
                "bot",
                name="clientkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "visit",
                "probe",
                name="visitkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slug"], ["short_links.slug"], name=op.f("fk_link_visits_slug_short_links")
        ),
        sa.PrimaryKeyConstraint(
            "slug", "day_on", "channel", "client", "kind", name=op.f("pk_link_visits")
        ),
    )
    op.create_table(
        "pages",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("description", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_pages_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("consultation_id", "slug", name=op.f("uq_pages_consultation_id_slug")),
    )
    op.create_table(
        "publishers",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("legal_entity", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("address", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("privacy_email", sa.String(length=200), nullable=False),
        sa.Column("icp_number", sa.String(length=80), nullable=False),
        sa.Column("police_number", sa.String(length=80), nullable=False),
        sa.Column("retention_registrations", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("retention_feedback", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("retention_messages", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_publishers_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishers")),
        sa.UniqueConstraint("consultation_id", name=op.f("uq_publishers_consultation_id")),
    )
    op.create_table(
        "sections",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("standard", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_sections_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sections")),
        sa.UniqueConstraint(
            "consultation_id",
            "standard",
            "version",
            "code",
            name=op.f("uq_sections_consultation_id_standard_version_code"),
        ),
    )
    op.create_table(
        "terms",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "term_set",
            sa.Enum(
                "topic",
                "stakeholder",
                "comment_type",
                "stance",
                "disposition",
                name="termset",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("label", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_terms_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint(
            "consultation_id",
            "term_set",
            "code",
            name=op.f("uq_terms_consultation_id_term_set_code"),
        ),
    )
    op.create_table(
        "webinars",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("audience", sa.JSON(none_as_null=True), nullable=False),
        sa.Column(
            "language",
            sa.Enum(
                "zh", "en", name="language", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zones", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("registration_url", sa.String(length=2000), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_webinars_consultation_id_consultations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webinars")),
        sa.UniqueConstraint("slug", name=op.f("uq_webinars_slug")),
    )
    op.create_table(
        "mirrored_files",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("original_name", sa.String(length=200), nullable=False),
        sa.Column("mirrored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_mirrored_files_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirrored_files")),
        sa.UniqueConstraint(
            "document_id", "sha256", name=op.f("uq_mirrored_files_document_id_sha256")
        ),
    )
    with op.batch_alter_table("mirrored_files", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mirrored_files_document_id"), ["document_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_mirrored_files_sha256"), ["sha256"], unique=False)
    op.execute("INSERT INTO revisions (id, number) VALUES (1, 0)")


def downgrade() -> None:
    """Go one step back."""
    with op.batch_alter_table("mirrored_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mirrored_files_sha256"))
        batch_op.drop_index(batch_op.f("ix_mirrored_files_document_id"))

    op.drop_table("mirrored_files")
    op.drop_table("webinars")
    op.drop_table("terms")
    op.drop_table("sections")
    op.drop_table("publishers")
    op.drop_table("pages")
    op.drop_table("link_visits")
    op.drop_table("feedback_channels")
    op.drop_table("documents")
    op.drop_table("contact_channels")
    op.drop_table("short_links")
    op.drop_table("revisions")
    with op.batch_alter_table("content_records", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_content_records_pack"))

    op.drop_table("content_records")
    op.drop_table("contact_cards")
    op.drop_table("consultations")
    op.drop_table("channels")
