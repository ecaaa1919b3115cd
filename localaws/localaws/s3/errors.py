"""S3's errors, with its codes and sentences."""

from __future__ import annotations

from typing import Any

from localaws.errors import AwsError


class S3Error(AwsError):
    """An error with what S3 tells beside it: elements of the document, and headers."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        headers: dict[str, str] | None = None,
        **told: Any,
    ) -> None:
        super().__init__(code, message, status)
        self.headers = headers or {}
        self.told = told


def no_such_bucket(name: str) -> S3Error:
    """A bucket that is not there."""
    return S3Error("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)


def no_such_key(key: str, headers: dict[str, str] | None = None) -> S3Error:
    """An object that is not there, or is deleted."""
    return S3Error("NoSuchKey", "The specified key does not exist.", 404, headers=headers, Key=key)


def no_such_version(key: str, version: str) -> S3Error:
    """A version that is not there."""
    return S3Error("NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version)


def no_such_upload(upload: str) -> S3Error:
    """An upload that is not there, or is over."""
    text = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
        "or completed."
    )
    return S3Error("NoSuchUpload", text, 404, UploadId=upload)


def malformed(why: str = "") -> S3Error:
    """A document that cannot be read, or is not what the operation takes."""
    text = "The XML you provided was not well-formed or did not validate against our published schema"
    return S3Error("MalformedXML", f"{text}: {why}" if why else text)


def invalid(message: str, name: str = "", value: str = "") -> S3Error:
    """An argument that S3 does not take."""
    return S3Error("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def precondition(condition: str) -> S3Error:
    """A condition that does not hold."""
    text = "At least one of the pre-conditions you specified did not hold"
    return S3Error("PreconditionFailed", text, 412, Condition=condition)
