"""What Asterisk runs: the FastAGI loop, and the classic script that rescues a call without it."""
