"""The evidence kernel: what a court can read, audit and run without the web application.
Nothing here imports Flask, SQLAlchemy or the application; only `ethereum` imports web3."""
