"""Programs that prepare, start and try out an installation.
Not here: anything that the running application imports."""
