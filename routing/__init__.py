"""Who should answer? The hotline catalogue, and the pure function that gives a call's next step."""
