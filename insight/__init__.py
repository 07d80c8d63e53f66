"""What does it mean? Figures from the rows, and their recount from Asterisk's own logs."""
