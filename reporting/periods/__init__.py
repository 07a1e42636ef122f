"""The weeks that are reported on, when each is due, and which units owe a report."""
