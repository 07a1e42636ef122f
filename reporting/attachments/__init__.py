"""Files of a weekly report: what is signed with it, and the scan of the stamped paper."""
