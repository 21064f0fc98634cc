"""What is kept: the run's store while it lasts, the shelf when it is over."""
