"""Passwords: the rules, and changing one's own."""
