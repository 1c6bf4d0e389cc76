"""Staff at a terminal: whose card it is, and what that person may do."""
