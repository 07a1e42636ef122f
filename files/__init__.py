"""Files that people upload: encrypted as they arrive, known by content, scanned, served with care.

Knows nothing of leads or reports: whoever uses a file holds a row that points to it.
"""
