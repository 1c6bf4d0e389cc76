"""What boards showed, its proof, and taking it out."""
