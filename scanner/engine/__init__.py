"""Where work runs: threads of this process, or an existing Dask cluster. Both are handed the same jobs and yield the same outcomes."""
