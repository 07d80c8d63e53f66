"""What Asterisk is told: hand-written base, templates, and the parts generated from the catalogue."""
