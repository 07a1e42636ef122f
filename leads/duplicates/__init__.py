"""Hints that a lead may have been logged before. A hint decides nothing."""
