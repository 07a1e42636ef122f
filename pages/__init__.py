"""Pieces that the pages of every app share. Knows nothing of leads, units or reports."""
