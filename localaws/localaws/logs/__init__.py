"""CloudWatch Logs of what runs here: the output of jobs and functions, read by the service's own operations."""
