"""Who reports since when, who need not for a while, and what a town settles about its weeks."""
