"""Which units a lead is suggested to, from a table that the office edits."""
