"""Who: units and their duties, accounts and their roles, and the calendar they work by."""
