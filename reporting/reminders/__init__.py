"""Reminding units of reports that they owe: in rounds, each once."""
