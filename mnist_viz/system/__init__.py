"""What the program needs of the machine: paths, files, locks, logs, requirements, diagnostics."""
