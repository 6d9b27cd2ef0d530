"""What a command that nobody watches leaves for whoever looks later: a log, metrics, a ping."""
