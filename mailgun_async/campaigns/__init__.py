"""Durable campaigns: plan, send, reconcile, report.

A send call has no idempotency key, and a call that failed may have been accepted. So a campaign is frozen before it is
sent: `plan` cuts the recipients into chunks once and for ever, and writes them to a journal, each with a Message-Id of
its own that every attempt carries. `send` commits the intent to send a chunk before the call and the outcome after it.
Whatever ends a process in between leaves an intent, and an intent whose owner is gone is *unknown*, never planned: it
is looked up by its Message-Id before anything is decided. These are the states of a chunk:

========== ================================================ ======================================================
state      meaning                                          leaves to
========== ================================================ ======================================================
planned    not tried, or provably not accepted              intent
intent     the call may be on the wire (owner, lease)       sent, refused, planned (unsent, limited), split, unknown
unknown    nobody knows                                     sent (found), planned (not found, resend), parked
sent       accepted                                         end
refused    Mailgun refused it; its words are kept           end, or planned by hand
parked     unknown for good                                 end, or planned by hand
split      in its place stand its parts, or nobody          end
========== ================================================ ======================================================

`journal` says what a journal is, and `sqlite` keeps one in a file. `planner` fills it: recipients come through
`intake`, without those whom `exclude` leaves out, `payload` makes each chunk's bytes, and `duplicates` are found across
all chunks; `replanning` tells whether what is planned again is the same, and `preview` shows the first mails. To send,
`sender` has workers that take chunks from the `deck`; a `courier` carries each through permit, claim, call and outcome,
and `fates` says what an outcome leads to. `reconcile` moves unknown chunks on, and `owners` tells whose intents are
left behind. `report` adds up what `audit` has checked, `report_page` draws it, and `rejects` writes down who was not
reached. `campaign` puts all of it together for the user. No part knows a client: calls are made by what the client
hands over (`endpoints._campaign`).
"""
