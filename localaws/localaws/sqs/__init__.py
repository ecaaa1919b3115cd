"""SQS: queues in virtual time, standard and first in first out."""

from localaws.sqs.api import QueuesApi
from localaws.sqs.message import Message
from localaws.sqs.queue import Queue
from localaws.sqs.queues import Queues

__all__ = ["Message", "Queue", "Queues", "QueuesApi"]
