"""The lists of leads: tabs, filter, order, columns, saved filters, acting on many at once."""
