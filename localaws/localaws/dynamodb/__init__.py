"""DynamoDB: tables, their indexes, and expressions."""

from localaws.dynamodb.api import TablesApi
from localaws.dynamodb.tables import Tables

__all__ = ["Tables", "TablesApi"]
