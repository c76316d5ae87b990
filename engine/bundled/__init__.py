"""Package data: the demonstration speech model and the demo calls with their references."""
