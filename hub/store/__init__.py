"""What is kept: one schema on SQLite or PostgreSQL, through SQLAlchemy Core; migrations by Alembic."""
