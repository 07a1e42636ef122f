"""Demo data for the try-out, tests and measurements: invented, and marked so everywhere."""
