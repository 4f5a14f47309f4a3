"""A local Mailgun and the fakes this package is tested with."""
