"""Corrections of received weekly reports: a new version beside the old one, which stays."""
