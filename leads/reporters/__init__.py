"""Who reported: kept apart from the lead, sealed, and shown to named people for a stated reason."""
