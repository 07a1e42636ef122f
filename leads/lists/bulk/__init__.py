"""Acting on many leads at once: select, say what, and see what became of each."""
