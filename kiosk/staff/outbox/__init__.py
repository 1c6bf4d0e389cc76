"""What is owed to the server, and what is parked."""
