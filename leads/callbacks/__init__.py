"""Reporters who gave a name hear from the office within the town's days. Never who they are."""
