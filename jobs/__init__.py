"""Work that outlives a request: job rows that survive any crash, exports, and their files."""
