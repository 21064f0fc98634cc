"""Files that hold catalogues: listed, opened in worker processes, and turned into sources, documents or reasons."""
