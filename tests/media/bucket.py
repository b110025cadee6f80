"""An S3-compatible store for the tests: moto's server as a process of its own, and a look behind the curtain."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import Any

import boto3
from botocore.config import Config

from teahouse.kernel.http import free_port

BUCKET = "tea"
KEY, SECRET = "key-of-the-test", "secret-of-the-test"


class Bucket:
    """The store's process; `stop` takes it away, `start` brings a new and empty one to the same address."""

    def __init__(self) -> None:
        self.port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the store with its one bucket."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the store did not start"
                time.sleep(0.05)
        self.client().create_bucket(Bucket=BUCKET)

    def stop(self) -> None:
        """Take the store away, and all it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> Any:
        """Give a client of another make."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
            config=Config(retries={"max_attempts": 0}),
        )

    def objects(self) -> dict[str, int]:
        """Give every object's size by its key."""
        listed = self.client().list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {entry["Key"]: entry["Size"] for entry in listed}

    def unfinished(self) -> list[str]:
        """Give the keys of uploads in parts that were neither completed nor given up."""
        listed = self.client().list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return [entry["Key"] for entry in listed]

    @property
    def settings(self) -> str:
        """The settings of a server that uses the bucket, as TOML."""
        return (
            f'[media]\nstore = "s3://{BUCKET}/media"\ns3_endpoint = "{self.url}"\n'
            f's3_access_key = "{KEY}"\ns3_secret_key = "{SECRET}"\n'
        )
