"""One file a family of pages. Importing one declares its routes."""
