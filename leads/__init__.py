"""What: leads, from the first call to the closing, and every step between."""
