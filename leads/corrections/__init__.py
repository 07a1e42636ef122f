"""Setting right what was logged; the earlier words are kept."""
