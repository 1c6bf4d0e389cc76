"""Looking into PDF files of strangers, in a process of its own."""
