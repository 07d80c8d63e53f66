"""How the line is started: settings, the command line, and where ports meet what implements them."""
