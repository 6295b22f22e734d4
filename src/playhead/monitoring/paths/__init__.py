"""The health of the paths between browsers and this site, judged by the people on them."""
