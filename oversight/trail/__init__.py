"""The trail as the auditor reads it: page, file, verification."""
