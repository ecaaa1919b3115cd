"""SageMaker Model Monitor's files, read and written: statistics, constraints and violations."""
