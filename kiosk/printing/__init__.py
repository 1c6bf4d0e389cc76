"""Taking something away on paper: typesetting, the visitor's print job, its states."""
