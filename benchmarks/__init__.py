"""Speed of the evidence part beside that of its peers: one command a row, all rows by ./benchmarks/run.
Not here: tests (nothing timed gates them) and the rooms' figures."""
