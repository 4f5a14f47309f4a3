"""The command `mailgun-async`."""
