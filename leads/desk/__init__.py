"""The public page: anybody reports, asks with a code and adds to a report. Off unless set."""
