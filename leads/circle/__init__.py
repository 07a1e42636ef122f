"""The circle of a lead (知悉范围): its handlers, who was let in to read it, and urgent looks."""
