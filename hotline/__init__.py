"""How the line is started: settings, the command line, and the one place where rooms meet."""
