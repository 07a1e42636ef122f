"""Major leads: whom each is put before at once, and until somebody says that they know."""
