"""One HTTP call: request, permit, attempt, outcome."""
