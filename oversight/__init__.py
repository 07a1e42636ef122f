"""The auditor's desk: the trail as a page and a file, its verification, and what is unusual."""
