"""Services that the try-out and the tests start for themselves: PostgreSQL and a Celery broker.

`postgres.start` and `broker.start` are the two doors. Behind them `lease` shares one server per
folder among all processes that asked for it, and `keeper` ends the server with the last of them.
Production uses none of this.
"""
