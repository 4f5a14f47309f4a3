"""From a list of recipients to calls: what `send_batch` and campaigns share.

::

    recipients ─ source ─> blocks ─ chunker ─> chunks ─ sender ─> calls ─> report

`recipients` reads files (their `rows`) and `source` anything else, both as a `block` at a time: parallel lists, never
the whole. `chunker` checks `addresses` and cuts `chunks` inside Mailgun's limits. `sender` posts them, each call a
`flight`, and resolves what is refused. `batch` puts these together for a message that passed its `checks`. Only
`recipients`, `source`, `sender` and `batch` await anything, and nothing here knows a client: calls are made through a
function that is handed in.
"""
