"""The steps of a training: Prepare, Train, Evaluate. Python 3.10 and what SageMaker's XGBoost image has."""
