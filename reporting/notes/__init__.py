"""Daily notes: one line on a day, written by a unit and gathered into its weekly report."""
