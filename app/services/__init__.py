"""The only place where things happen: one module per capability."""
