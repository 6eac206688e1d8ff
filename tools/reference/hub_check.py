"""Checks that Python's huggingface_hub and nnsight4j share one cache: each finds what the other has downloaded.

    ../../mvnw -q -f ../.. -DskipTests package
    python hub_check.py

A small hub on this machine serves the embedded Llama; nobody else is asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = REPOSITORY / "cli/target/nnsight4j/bin/nnsight4j"
FILES = REPOSITORY / "model-stubs/src/main/resources/org/nnsight4j/models/llama/embedded"
NAME = "org/tiny-llama"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROMPT = "Madison Square Garden is located in the city of"
ANSWER = PROMPT + " New York City"

CONTENT = {f.name: f.read_bytes() for f in FILES.iterdir() if f.is_file()}
GETS: list[str] = []


def etag(name: str) -> str:
    content = CONTENT[name]
    if name.endswith(".safetensors"):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """The part of a hub that downloads need."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith(f"/api/models/{NAME}/tree/"):
            tree = [{"type": "file", "oid": etag(n), "size": len(c), "path": n} for n, c in CONTENT.items()]
            self.answer(200, json.dumps(tree).encode(), Content_Type="application/json")
        elif path.startswith(f"/api/models/{NAME}"):
            info = {"id": NAME, "modelId": NAME, "sha": COMMIT, "siblings": [{"rfilename": n} for n in CONTENT]}
            self.answer(200, json.dumps(info).encode(), Content_Type="application/json")
        elif path.startswith(f"/{NAME}/resolve/"):
            name = path.split("/resolve/", 1)[1].split("/", 1)[1]
            if name not in CONTENT:
                self.answer(404, X_Repo_Commit=COMMIT, X_Error_Code="EntryNotFound")
                return
            if self.command == "GET":
                GETS.append(name)
            self.answer(200, CONTENT[name], X_Repo_Commit=COMMIT, ETag=f'"{etag(name)}"', Accept_Ranges="bytes")
        else:
            self.answer(404, X_Error_Code="RepoNotFound")


def java(cache: Path, *, offline: bool) -> str:
    environment = os.environ | {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1" if offline else "0"}
    done = subprocess.run(
        [COMMAND, "run", "--model", NAME, "--max-new-tokens", "3", PROMPT],
        env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def check_java_finds_pythons(hub, folder: Path) -> None:
    snapshot = Path(hub.snapshot_download(NAME, cache_dir=folder))
    assert snapshot == folder / "models--org--tiny-llama/snapshots" / COMMIT
    assert java(folder, offline=True) == ANSWER
    print("Java finds what Python has downloaded")


def check_python_finds_javas(hub, folder: Path) -> None:
    assert java(folder, offline=False) == ANSWER
    needed = ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    GETS.clear()
    snapshot = Path(hub.snapshot_download(NAME, cache_dir=folder, local_files_only=True))
    assert sorted(f.name for f in snapshot.iterdir()) == needed, sorted(snapshot.iterdir())
    for name in needed:
        found = hub.hf_hub_download(NAME, name, cache_dir=folder)
        assert Path(found).read_bytes() == CONTENT[name]
        assert (folder / "models--org--tiny-llama/blobs" / etag(name)).samefile(found)
    assert GETS == [], GETS
    hub.snapshot_download(NAME, cache_dir=folder)
    assert GETS == ["MODEL_CARD.md"], GETS
    scanned = hub.scan_cache_dir(folder)
    assert not scanned.warnings, scanned.warnings
    (repository,) = scanned.repos
    (revision,) = repository.revisions
    assert (repository.repo_id, revision.commit_hash, set(revision.refs)) == (NAME, COMMIT, {"main"})
    assert repository.size_on_disk == sum(len(c) for c in CONTENT.values())
    assert java(folder, offline=True) == ANSWER
    strategy = scanned.delete_revisions(COMMIT)
    strategy.execute()
    assert not (folder / "models--org--tiny-llama").exists()
    print("Python finds what Java has downloaded, fetches nothing twice, and can delete it")


def check_shared_blobs(hub, folder: Path) -> None:
    from huggingface_hub.utils import _shared_blobs

    hub.snapshot_download(NAME, cache_dir=folder)
    xet_hash = "ab" * 32
    blob = folder / "models--org--tiny-llama/blobs" / etag("model.safetensors")
    content = CONTENT["model.safetensors"]
    assert _shared_blobs.publish_blob_to_shared_store(
        blob_path=str(blob), xet_hash=xet_hash, cache_dir=str(folder), expected_size=len(content))
    assert blob.is_symlink() and blob.resolve() == (folder / "blobs/ab" / xet_hash).resolve()
    assert java(folder, offline=True) == ANSWER
    print("Java follows blobs that repositories share")


def main() -> int:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    import huggingface_hub as hub

    for check in (check_java_finds_pythons, check_python_finds_javas, check_shared_blobs):
        with tempfile.TemporaryDirectory() as folder:
            check(hub, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
