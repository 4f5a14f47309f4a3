"""`mailgun-async campaign send`, `resume` and `reconcile`: what calls Mailgun."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

import mailgun_async
from mailgun_async.cli._account import Access
from mailgun_async.cli._command import Output, command, option
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._journal import JournalPath, checked, hint
from mailgun_async.errors import InvalidArgument, JournalError

if TYPE_CHECKING:
    from mailgun_async.campaigns.campaign import Campaign
    from mailgun_async.cli._campaign_run import Job
    from mailgun_async.cli._campaign_view import CampaignView

__all__ = ["reconcile", "resume", "retry_parked", "send"]

_PACE: Final = "Pace"
_duration = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?").fullmatch


@attrs.frozen(kw_only=True)
class Policy:
    """What becomes of calls of which nobody knows whether they were accepted."""

    on_unknown: str | None = option(
        "--on-unknown",
        metavar="resend|park|ignore",
        panel="Unknown calls",
        help="When the logs do not show a call after half an hour: resend it (default) or park it for somebody to "
        "decide. ignore resends at once, without looking.",
    )

    def settings(self) -> dict[str, Any]:
        """Return the arguments of `Mailgun.campaign`."""
        return {"on_unknown": self.on_unknown}


@attrs.frozen(kw_only=True)
class Pace:
    """How fast, and how long."""

    max_in_flight: int = option(
        "--max-in-flight", default=8, min=1, metavar="COUNT", panel=_PACE, help="Calls at the same time."
    )
    until: str | None = option(
        "--until",
        metavar="MOMENT",
        panel=_PACE,
        help="Begin nothing after this moment, with its zone: 2027-01-31T18:00+01:00. The rest stays planned.",
    )
    spread_over: str | None = option(
        "--spread-over", metavar="TIME", panel=_PACE, help="Send evenly over so much time from now on: 6h, 1d12h, 90m."
    )
    learned: Path | None = option(
        "--learned", metavar="FILE", panel=_PACE, help="Keeps what is learned of rate limits for the next run."
    )

    def settings(self) -> dict[str, Any]:
        """Return the arguments of `Campaign.send`.

        Raises:
            InvalidArgument: A moment or a time is not of its form.
        """
        return {
            "max_in_flight": self.max_in_flight,
            "until": _moment(self.until),
            "spread_over": None if self.spread_over is None else _time(self.spread_over),
        }


@command
def send(*, journal: JournalPath, pace: Pace, policy: Policy, account: Access, output: Output) -> Exit:
    """Send what is planned, from wherever it was left. The journal and a key are all it needs.

    The domain is in the journal. Several processes may send from one journal at the same time. Ctrl-C and SIGTERM
    finish the calls on the wire; whatever ends it, the same command goes on.
    """
    sending = pace.settings()

    async def job(campaign: Campaign, view: CampaignView) -> None:
        match (await campaign.status()).state:
            case "paused":
                raise JournalError(f"the campaign is paused. To go on: {hint('resume', journal)}")
            case "planning":
                raise JournalError("the plan was not completed: give campaign plan once more")
        await campaign.send(on_chunk=view.moved, **sending)

    return _run(journal, job, account=account, policy=policy, output=output, learned=pace.learned)


@command
def resume(*, journal: JournalPath, pace: Pace, policy: Policy, account: Access, output: Output) -> Exit:
    """End a pause, and send what is planned."""
    sending = pace.settings()

    async def job(campaign: Campaign, view: CampaignView) -> None:
        await campaign.resume()
        await campaign.send(on_chunk=view.moved, **sending)

    return _run(journal, job, account=account, policy=policy, output=output, learned=pace.learned)


@command
def reconcile(*, journal: JournalPath, policy: Policy, account: Access, output: Output) -> Exit:
    """Look up the calls of which nobody knows whether they were accepted, until all are known. Sends nothing.

    It may take half an hour, as Mailgun's logs lag.
    """

    async def job(campaign: Campaign, _view: CampaignView) -> None:
        await campaign.reconcile()

    return _run(journal, job, account=account, policy=policy, output=output)


@command
def retry_parked(*, journal: JournalPath, account: Access, output: Output) -> Exit:
    """Plan again what is parked, though it may have been accepted. Sends nothing.

    The logs are asked once more before. Recipients of calls that are not in them may have the mail all the same, and
    then get it twice.
    """

    async def job(campaign: Campaign, _view: CampaignView) -> None:
        await campaign.retry_parked()

    return _run(journal, job, account=account, policy=Policy(), output=output)


def _run(path: Path, job: Job, *, account: Access, policy: Policy, output: Output, learned: Path | None = None) -> Exit:
    from mailgun_async.cli._campaign_run import CampaignRun  # noqa: PLC0415 -- it loads rich

    run = CampaignRun(path=checked(path), output=output)
    client = account.client(rate=mailgun_async.RatePolicy(learned_path=learned))
    return run.run(client, job, **policy.settings())


def _moment(text: str | None) -> datetime | None:
    try:
        moment = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidArgument(f"--until must be like 2027-01-31T18:00+01:00, not {text!r}", field="until") from None
    return moment


def _time(text: str) -> timedelta:
    found = _duration(text)
    if found is None or not any(found.groups()):
        raise InvalidArgument(f"--spread-over must be like 6h, 1d12h or 90m, not {text!r}", field="spread_over")
    days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
