"""Typed endpoint groups, one file a group, and the client's properties that load each on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailgun_async.endpoints._context import Context
    from mailgun_async.endpoints.account import Account
    from mailgun_async.endpoints.account_templates import AccountTemplates
    from mailgun_async.endpoints.account_webhooks import AccountWebhooks
    from mailgun_async.endpoints.allowlist import Allowlist
    from mailgun_async.endpoints.bounce_classification import BounceClassification
    from mailgun_async.endpoints.bounces import Bounces
    from mailgun_async.endpoints.bulk_validation import BulkValidation
    from mailgun_async.endpoints.complaints import Complaints
    from mailgun_async.endpoints.credentials import Credentials
    from mailgun_async.endpoints.dkim_security import DkimSecurity
    from mailgun_async.endpoints.domain_connection import DomainConnection
    from mailgun_async.endpoints.domain_keys import DomainKeys
    from mailgun_async.endpoints.domain_tags import DomainTags
    from mailgun_async.endpoints.domain_tracking import DomainTracking
    from mailgun_async.endpoints.domain_webhooks import DomainWebhooks
    from mailgun_async.endpoints.domains import Domains
    from mailgun_async.endpoints.dynamic_pools import DynamicPools
    from mailgun_async.endpoints.email_domain_suppressions import EmailDomainSuppressions
    from mailgun_async.endpoints.events import Events
    from mailgun_async.endpoints.exports import Exports
    from mailgun_async.endpoints.forwards import Forwards
    from mailgun_async.endpoints.ip_allowlist import IpAllowlist
    from mailgun_async.endpoints.ip_pools import IpPools
    from mailgun_async.endpoints.ip_warmups import IpWarmups
    from mailgun_async.endpoints.ips import Ips
    from mailgun_async.endpoints.keys import Keys
    from mailgun_async.endpoints.list_preview import ListPreview
    from mailgun_async.endpoints.logs import Logs
    from mailgun_async.endpoints.mailing_list_members import Members
    from mailgun_async.endpoints.mailing_lists import MailingLists
    from mailgun_async.endpoints.message_limits import MessageLimits
    from mailgun_async.endpoints.messages import Messages
    from mailgun_async.endpoints.metrics import Metrics
    from mailgun_async.endpoints.routes import Routes
    from mailgun_async.endpoints.send_alerts import SendAlerts
    from mailgun_async.endpoints.stats import Statistics
    from mailgun_async.endpoints.subaccounts import Subaccounts
    from mailgun_async.endpoints.tags import Tags
    from mailgun_async.endpoints.templates import Templates
    from mailgun_async.endpoints.threshold_limits import ThresholdLimits
    from mailgun_async.endpoints.unsubscribes import Unsubscribes
    from mailgun_async.endpoints.users import Users
    from mailgun_async.endpoints.validation import Validation

__all__ = ["Groups"]


class Groups:
    """One property for each group. What is imported here is imported when the group is first used."""

    _context: Context

    @cached_property
    def account(self) -> Account:
        """The account itself."""
        from mailgun_async.endpoints.account import Account  # noqa: PLC0415 -- groups load on first use

        return Account(self._context)

    @cached_property
    def account_templates(self) -> AccountTemplates:
        """Stored templates of the account."""
        from mailgun_async.endpoints.account_templates import AccountTemplates  # noqa: PLC0415 -- groups load on first use

        return AccountTemplates(self._context)

    @cached_property
    def account_webhooks(self) -> AccountWebhooks:
        """URLs that Mailgun tells of the events of all domains."""
        from mailgun_async.endpoints.account_webhooks import AccountWebhooks  # noqa: PLC0415 -- groups load on first use

        return AccountWebhooks(self._context)

    @cached_property
    def allowlist(self) -> Allowlist:
        """Addresses and domains that get mail even after they bounced."""
        from mailgun_async.endpoints.allowlist import Allowlist  # noqa: PLC0415 -- groups load on first use

        return Allowlist(self._context)

    @cached_property
    def bounce_classification(self) -> BounceClassification:
        """Why mail bounced, and how much it matters."""
        from mailgun_async.endpoints.bounce_classification import BounceClassification  # noqa: PLC0415 -- groups load on first use

        return BounceClassification(self._context)

    @cached_property
    def bounces(self) -> Bounces:
        """Addresses that bounced, and get no more mail."""
        from mailgun_async.endpoints.bounces import Bounces  # noqa: PLC0415 -- groups load on first use

        return Bounces(self._context)

    @cached_property
    def bulk_validation(self) -> BulkValidation:
        """Validation of whole lists."""
        from mailgun_async.endpoints.bulk_validation import BulkValidation  # noqa: PLC0415 -- groups load on first use

        return BulkValidation(self._context)

    @cached_property
    def complaints(self) -> Complaints:
        """Addresses whose owners complained, and get no more mail."""
        from mailgun_async.endpoints.complaints import Complaints  # noqa: PLC0415 -- groups load on first use

        return Complaints(self._context)

    @cached_property
    def credentials(self) -> Credentials:
        """Logins with which mail may be sent by SMTP."""
        from mailgun_async.endpoints.credentials import Credentials  # noqa: PLC0415 -- groups load on first use

        return Credentials(self._context)

    @cached_property
    def dkim_security(self) -> DkimSecurity:
        """DKIM keys that Mailgun changes by itself."""
        from mailgun_async.endpoints.dkim_security import DkimSecurity  # noqa: PLC0415 -- groups load on first use

        return DkimSecurity(self._context)

    @cached_property
    def domain_connection(self) -> DomainConnection:
        """How mail of a domain is delivered."""
        from mailgun_async.endpoints.domain_connection import DomainConnection  # noqa: PLC0415 -- groups load on first use

        return DomainConnection(self._context)

    @cached_property
    def domain_keys(self) -> DomainKeys:
        """DKIM keys, with which mail is signed."""
        from mailgun_async.endpoints.domain_keys import DomainKeys  # noqa: PLC0415 -- groups load on first use

        return DomainKeys(self._context)

    @cached_property
    def domain_tags(self) -> DomainTags:
        """Tags of a domain; `tags` has those of the account."""
        from mailgun_async.endpoints.domain_tags import DomainTags  # noqa: PLC0415 -- groups load on first use

        return DomainTags(self._context)

    @cached_property
    def domain_tracking(self) -> DomainTracking:
        """What is tracked of a domain's mail."""
        from mailgun_async.endpoints.domain_tracking import DomainTracking  # noqa: PLC0415 -- groups load on first use

        return DomainTracking(self._context)

    @cached_property
    def domain_webhooks(self) -> DomainWebhooks:
        """URLs that Mailgun tells of a domain's events."""
        from mailgun_async.endpoints.domain_webhooks import DomainWebhooks  # noqa: PLC0415 -- groups load on first use

        return DomainWebhooks(self._context)

    @cached_property
    def domains(self) -> Domains:
        """Sending and receiving domains of the account."""
        from mailgun_async.endpoints.domains import Domains  # noqa: PLC0415 -- groups load on first use

        return Domains(self._context)

    @cached_property
    def dynamic_pools(self) -> DynamicPools:
        """Pools of IPs among which Mailgun moves domains by their reputation."""
        from mailgun_async.endpoints.dynamic_pools import DynamicPools  # noqa: PLC0415 -- groups load on first use

        return DynamicPools(self._context)

    @cached_property
    def email_domain_suppressions(self) -> EmailDomainSuppressions:
        """Recipient domains to which the account sends nothing."""
        from mailgun_async.endpoints.email_domain_suppressions import EmailDomainSuppressions  # noqa: PLC0415 -- groups load on first use

        return EmailDomainSuppressions(self._context)

    @cached_property
    def events(self) -> Events:
        """Events of a domain; logs have those of all domains."""
        from mailgun_async.endpoints.events import Events  # noqa: PLC0415 -- groups load on first use

        return Events(self._context)

    @cached_property
    def exports(self) -> Exports:
        """What an API URL lists, as a file."""
        from mailgun_async.endpoints.exports import Exports  # noqa: PLC0415 -- groups load on first use

        return Exports(self._context)

    @cached_property
    def forwards(self) -> Forwards:
        """Simple rules that pass mail on."""
        from mailgun_async.endpoints.forwards import Forwards  # noqa: PLC0415 -- groups load on first use

        return Forwards(self._context)

    @cached_property
    def ip_allowlist(self) -> IpAllowlist:
        """From where the account's API may be called."""
        from mailgun_async.endpoints.ip_allowlist import IpAllowlist  # noqa: PLC0415 -- groups load on first use

        return IpAllowlist(self._context)

    @cached_property
    def ip_pools(self) -> IpPools:
        """Pools of dedicated IPs."""
        from mailgun_async.endpoints.ip_pools import IpPools  # noqa: PLC0415 -- groups load on first use

        return IpPools(self._context)

    @cached_property
    def ip_warmups(self) -> IpWarmups:
        """Warm-ups of dedicated IPs."""
        from mailgun_async.endpoints.ip_warmups import IpWarmups  # noqa: PLC0415 -- groups load on first use

        return IpWarmups(self._context)

    @cached_property
    def ips(self) -> Ips:
        """IPs from which mail is sent."""
        from mailgun_async.endpoints.ips import Ips  # noqa: PLC0415 -- groups load on first use

        return Ips(self._context)

    @cached_property
    def keys(self) -> Keys:
        """API keys of the account."""
        from mailgun_async.endpoints.keys import Keys  # noqa: PLC0415 -- groups load on first use

        return Keys(self._context)

    @cached_property
    def list_preview(self) -> ListPreview:
        """What validating a whole list would show."""
        from mailgun_async.endpoints.list_preview import ListPreview  # noqa: PLC0415 -- groups load on first use

        return ListPreview(self._context)

    @cached_property
    def logs(self) -> Logs:
        """What happened to every message."""
        from mailgun_async.endpoints.logs import Logs  # noqa: PLC0415 -- groups load on first use

        return Logs(self._context)

    @cached_property
    def mailing_list_members(self) -> Members:
        """Members of mailing lists."""
        from mailgun_async.endpoints.mailing_list_members import Members  # noqa: PLC0415 -- groups load on first use

        return Members(self._context)

    @cached_property
    def mailing_lists(self) -> MailingLists:
        """Addresses that pass mail on to their members."""
        from mailgun_async.endpoints.mailing_lists import MailingLists  # noqa: PLC0415 -- groups load on first use

        return MailingLists(self._context)

    @cached_property
    def message_limits(self) -> MessageLimits:
        """The account's own monthly message limit."""
        from mailgun_async.endpoints.message_limits import MessageLimits  # noqa: PLC0415 -- groups load on first use

        return MessageLimits(self._context)

    @cached_property
    def messages(self) -> Messages:
        """Send mail; read, resend and drop what is stored or queued."""
        from mailgun_async.endpoints.messages import Messages  # noqa: PLC0415 -- groups load on first use

        return Messages(self._context)

    @cached_property
    def metrics(self) -> Metrics:
        """What was sent and what became of it, in figures."""
        from mailgun_async.endpoints.metrics import Metrics  # noqa: PLC0415 -- groups load on first use

        return Metrics(self._context)

    @cached_property
    def routes(self) -> Routes:
        """What becomes of mail that comes in."""
        from mailgun_async.endpoints.routes import Routes  # noqa: PLC0415 -- groups load on first use

        return Routes(self._context)

    @cached_property
    def send_alerts(self) -> SendAlerts:
        """Alerts when a figure of what is sent leaves its bounds."""
        from mailgun_async.endpoints.send_alerts import SendAlerts  # noqa: PLC0415 -- groups load on first use

        return SendAlerts(self._context)

    @cached_property
    def stats(self) -> Statistics:
        """Counts of what was sent; metrics have taken their place."""
        from mailgun_async.endpoints.stats import Statistics  # noqa: PLC0415 -- groups load on first use

        return Statistics(self._context)

    @cached_property
    def subaccounts(self) -> Subaccounts:
        """Accounts below this one."""
        from mailgun_async.endpoints.subaccounts import Subaccounts  # noqa: PLC0415 -- groups load on first use

        return Subaccounts(self._context)

    @cached_property
    def tags(self) -> Tags:
        """Tags that mail was sent with."""
        from mailgun_async.endpoints.tags import Tags  # noqa: PLC0415 -- groups load on first use

        return Tags(self._context)

    @cached_property
    def templates(self) -> Templates:
        """Stored templates of a domain."""
        from mailgun_async.endpoints.templates import Templates  # noqa: PLC0415 -- groups load on first use

        return Templates(self._context)

    @cached_property
    def threshold_limits(self) -> ThresholdLimits:
        """Limits on how much of a service may be used."""
        from mailgun_async.endpoints.threshold_limits import ThresholdLimits  # noqa: PLC0415 -- groups load on first use

        return ThresholdLimits(self._context)

    @cached_property
    def unsubscribes(self) -> Unsubscribes:
        """Addresses that want no more mail, at all or with a tag."""
        from mailgun_async.endpoints.unsubscribes import Unsubscribes  # noqa: PLC0415 -- groups load on first use

        return Unsubscribes(self._context)

    @cached_property
    def users(self) -> Users:
        """Users of the account."""
        from mailgun_async.endpoints.users import Users  # noqa: PLC0415 -- groups load on first use

        return Users(self._context)

    @cached_property
    def validation(self) -> Validation:
        """Validation of single addresses."""
        from mailgun_async.endpoints.validation import Validation  # noqa: PLC0415 -- groups load on first use

        return Validation(self._context)
