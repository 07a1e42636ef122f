"""Unproven reports fade: some days after the finding a lead is restricted (受限)."""
