"""How messages leave the house: claimed, sent, tried again, given up, sent once more."""
