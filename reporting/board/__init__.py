"""Units and weeks side by side, rates over a range, and urging who has not reported."""
