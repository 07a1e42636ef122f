"""Grave incidents (重大事项): what a unit tells the office at once, outside the weekly report."""
