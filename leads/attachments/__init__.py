"""Files that belong to a lead, or to one unit's part of it."""
