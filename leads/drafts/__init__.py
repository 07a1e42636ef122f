"""What a person has typed of a lead and not registered yet. A draft is no lead."""
