"""Reminding units of weekly reports that they owe."""
