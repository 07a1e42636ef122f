"""周通报: what the office tells all units of a week, approved by its director, numbered, frozen."""
