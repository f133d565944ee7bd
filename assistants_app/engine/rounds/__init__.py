"""What is done now and then beside runs, as long as the process lives."""
