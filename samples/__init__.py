"""Sample rosters, and the script that makes them."""
