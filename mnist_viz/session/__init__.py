"""The run as the window knows it: a worker thread that trains, and a session with its states and signals."""
