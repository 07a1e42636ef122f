"""PostgreSQL that is told, with each connection, for whom it is asked (`departments.acting`)."""
