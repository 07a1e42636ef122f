"""Who must keep away from a lead (回避): whom it names, whose unit it names, who declares so."""
