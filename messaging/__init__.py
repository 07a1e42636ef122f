"""Telling people: messages in the portal, and their delivery by e-mail, each exactly once."""
