"""What happened? Asterisk's words turned into calls, agents and a stream of events."""
