"""Query codes: how a reporter asks after a lead, and adds to it, without a name."""
