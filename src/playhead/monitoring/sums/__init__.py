"""What all processes did together, by the minute, in the database."""
