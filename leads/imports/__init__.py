"""Taking over an existing ledger of leads from an Excel file: all of it, or nothing."""
