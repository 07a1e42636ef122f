"""Plain rules over the trail, and what they found."""
