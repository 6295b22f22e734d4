"""What is learnt while the site runs: the reports of browsers, and the health of the paths to them."""
