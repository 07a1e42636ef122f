"""How long things may take: the rules of a town, and reminders of deadlines."""
