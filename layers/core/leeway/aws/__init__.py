"""Thin gateways to AWS: the only modules that import boto3 and botocore. They decide nothing."""
