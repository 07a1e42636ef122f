"""Who did and who saw what: append-only records, and the machinery of state changes."""
