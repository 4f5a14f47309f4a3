"""One HTTP call: from a `Request` to its answer, or to an error that says what is known.

A call is made of attempts, and an attempt of four steps, whose order stands in `session`:

1. **admit** (`limiter`, `limits`). Nothing is sent before every limit that the call counts against has room. What a
   limit is and when it has room is learned from answers; a call that has to wait does so in the order of its priority.
   The ticket it gets is given back exactly once, whatever happens.
2. **send** (`http`, the only file that knows aiohttp). One request, never more: nothing is repeated or redirected
   behind our back. What goes wrong is a value, a `Failure`, which says whether the request had left this machine.
3. **observe** (`limiter`, `answers`). Status, headers and words of the answer tell the limits how much room is left.
4. **judge** (`outcome`). What does the answer, or the failure, prove? *Accepted*: a 2xx was read. *Refused*: a 4xx,
   nothing was accepted, and asking again would not help. *Limited*: nothing was accepted, and later it will be.
   *Unsent*: no byte left. *Unknown*: all else; a timeout, a broken connection and a 5xx can be an accepted message.

Then the call returns, ends in an error (`refusals`), or is tried again (`retry`). Two things alone decide that, the
outcome and the call's safety: what was limited or unsent is always sent again, what is unknown only if a second effect
does no harm. So a message is never sent twice on a guess: it ends as `DeliveryUnknown`, with the Message-Id under which
Mailgun can be asked.

Some parts think and some wait. `request`, `encoding`, `outcome`, `answers`, `limits` and `refusals` are pure: no clock,
no dice, no `await` but where a file is read. `limiter`, `slots`, `retry`, `http` and `session` wait, by a `Clock` that
a test can hold in its hand; `http` and `slots` alone keep the system's time, since sockets do.
"""
