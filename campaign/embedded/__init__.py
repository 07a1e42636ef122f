"""Services that start with the portal where no address of another is given."""
