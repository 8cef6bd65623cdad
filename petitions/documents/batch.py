"""Writing the documents of a batch, once."""
