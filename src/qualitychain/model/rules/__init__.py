"""Every structural rule of a chain, and the records with their places that the rules look at."""
