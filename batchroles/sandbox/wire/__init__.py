"""What stands between a client and the functions: web server, PHP's start, the scripts, faults and time."""
