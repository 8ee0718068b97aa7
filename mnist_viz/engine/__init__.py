"""A fully connected network and its training in NumPy alone; the file names are the syllabus."""
