"""What became of each person who followed a session: by the reports of pages, and by what the server itself did."""
