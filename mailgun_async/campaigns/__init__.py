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

`journal` says what a journal is, and `sqlite` keeps one in a file. `planner` fills it, with `duplicates` found across
all chunks and each chunk's bytes by `payload`. `sender` and `reconcile` move chunks through the states, `lookup` asks
Mailgun what became of one, and `report` adds up. `campaign` puts them together for the user.
"""
