"""From a list of recipients to calls: what `send_batch` and campaigns share."""
