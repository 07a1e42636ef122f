"""Accounts and roles: one administrator makes and proposes, another grants, a third looks on."""
