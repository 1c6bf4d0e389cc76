"""Reading resident ID cards and the permits of the same size: name and number, nothing else."""
