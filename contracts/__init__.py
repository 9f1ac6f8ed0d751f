"""The Solidity sources, their artifacts and the program that compiles them.
Not here: deployment and calls (see `evidence.ethereum`)."""
