"""Needs of STS: who one is, anybody may ask; to assume another role from here is not emulated."""

from localaws.iam.asked import Needs

NEEDS: dict[str, Needs] = {"GetCallerIdentity": lambda _: []}
