"""What Asterisk is told: hand-written base files, templates, parts generated from the catalogue."""
