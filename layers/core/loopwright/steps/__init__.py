"""One module per function of the stack: gather, decide, apply."""
