"""Which form of the weekly report holds in a town from which week on."""
