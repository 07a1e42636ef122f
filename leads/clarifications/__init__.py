"""澄清: what was verified to be untrue of somebody, and how that was made known."""
