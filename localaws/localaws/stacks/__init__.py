"""Deploying a template: SAM to CloudFormation, intrinsics, order, and one small interpreter per resource type."""
