"""字典与规则: the pages on which the director edits dictionaries, routing and papers."""
