"""The figures that metrics and tags have in common: one model, as each query fills what it was asked for."""

from __future__ import annotations

from typing import Literal

import attrs

from mailgun_async.convert import EXTRA

__all__ = ["Figures", "MetricName", "UsageName"]

MetricName = Literal[
    "accepted_incoming_count",
    "accepted_outgoing_count",
    "accepted_count",
    "delivered_smtp_count",
    "delivered_http_count",
    "delivered_optimized_count",
    "delivered_count",
    "processed_count",
    "sent_count",
    "opened_count",
    "clicked_count",
    "unique_opened_count",
    "unique_clicked_count",
    "unsubscribed_count",
    "complained_count",
    "failed_count",
    "temporary_failed_count",
    "permanent_failed_count",
    "temporary_failed_esp_block_count",
    "permanent_failed_esp_block_count",
    "webhook_count",
    "rate_limit_count",
    "permanent_failed_optimized_count",
    "permanent_failed_old_count",
    "bounced_count",
    "hard_bounces_count",
    "soft_bounces_count",
    "delayed_bounce_count",
    "suppressed_bounces_count",
    "suppressed_unsubscribed_count",
    "suppressed_complaints_count",
    "delivered_first_attempt_count",
    "delayed_first_attempt_count",
    "delivered_two_plus_attempts_count",
    "delivered_rate",
    "opened_rate",
    "clicked_rate",
    "unique_opened_rate",
    "unsubscribed_rate",
    "complained_rate",
    "bounce_rate",
    "permanent_fail_rate",
    "temporary_fail_rate",
    "delayed_rate",
    "delayed_first_attempt_rate",
]
"""What `mg.metrics.query` can be asked for; see Mailgun's metric definitions."""
UsageName = Literal[
    "email_validation_count",
    "email_validation_public_count",
    "email_validation_valid_count",
    "email_validation_single_count",
    "email_validation_bulk_count",
    "email_validation_list_count",
    "email_validation_mailgun_count",
    "email_validation_mailjet_count",
    "email_preview_count",
    "email_preview_failed_count",
    "link_validation_count",
    "link_validation_failed_count",
    "seed_test_count",
    "ip_blocklist_monitoring_count",
    "domain_blocklist_monitoring_count",
    "accessibility_count",
    "accessibility_failed_count",
    "image_validation_count",
    "image_validation_failed_count",
    "archived_count",
    "processed_count",
]
"""What `mg.metrics.query_usage` can be asked for."""


@attrs.define(kw_only=True)
class Figures:
    """Counts, and rates as text (`0.8300`); None is what was not asked for."""

    accepted_incoming_count: int | None = None
    accepted_outgoing_count: int | None = None
    accepted_count: int | None = None
    delivered_smtp_count: int | None = None
    delivered_http_count: int | None = None
    delivered_optimized_count: int | None = None
    delivered_count: int | None = None
    stored_count: int | None = None
    processed_count: int | None = None
    sent_count: int | None = None
    opened_count: int | None = None
    clicked_count: int | None = None
    unique_opened_count: int | None = None
    unique_clicked_count: int | None = None
    unsubscribed_count: int | None = None
    complained_count: int | None = None
    failed_count: int | None = None
    temporary_failed_count: int | None = None
    permanent_failed_count: int | None = None
    temporary_failed_esp_block_count: int | None = None
    permanent_failed_esp_block_count: int | None = None
    rate_limit_count: int | None = None
    webhook_count: int | None = None
    permanent_failed_optimized_count: int | None = None
    permanent_failed_old_count: int | None = None
    bounced_count: int | None = None
    hard_bounces_count: int | None = None
    soft_bounces_count: int | None = None
    delayed_bounce_count: int | None = None
    suppressed_bounces_count: int | None = None
    suppressed_unsubscribed_count: int | None = None
    suppressed_complaints_count: int | None = None
    delivered_first_attempt_count: int | None = None
    delayed_first_attempt_count: int | None = None
    delivered_subsequent_count: int | None = None
    delivered_two_plus_attempts_count: int | None = None
    delivered_rate: str | None = None
    opened_rate: str | None = None
    clicked_rate: str | None = None
    unique_opened_rate: str | None = None
    unique_clicked_rate: str | None = None
    unsubscribed_rate: str | None = None
    complained_rate: str | None = None
    bounce_rate: str | None = None
    fail_rate: str | None = None
    permanent_fail_rate: str | None = None
    temporary_fail_rate: str | None = None
    delayed_rate: str | None = None
    esp_block_count: int | None = None
    hard_bounce_rate: str | None = None
    soft_bounce_rate: str | None = None
    email_validation_count: int | None = None
    email_validation_public_count: int | None = None
    email_validation_valid_count: int | None = None
    email_validation_single_count: int | None = None
    email_validation_bulk_count: int | None = None
    email_validation_list_count: int | None = None
    email_validation_mailgun_count: int | None = None
    email_validation_mailjet_count: int | None = None
    email_preview_count: int | None = None
    email_preview_failed_count: int | None = None
    link_validation_count: int | None = None
    link_validation_failed_count: int | None = None
    seed_test_count: int | None = None
    accessibility_count: int | None = None
    accessibility_failed_count: int | None = None
    image_validation_count: int | None = None
    image_validation_failed_count: int | None = None
    ip_blocklist_monitoring_count: int | None = None
    domain_blocklist_monitoring_count: int | None = None
    archived_count: int | None = None
    delayed_first_attempt_rate: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Figures this version has no name for."""
