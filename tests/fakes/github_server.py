"""GitHub on the loopback, in front of a bare git repository: pull requests, comments, labels, runs and merging.

Pull request N is the ref `refs/pull/N/head`, as on GitHub, so pushing to it changes its head. Merging is done by
git. A token may read, or write as well; what a stranger does (a comment, a push) is done by calling the methods.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

BOT = "github-actions[bot]"
READ_TOKEN, WRITE_TOKEN = "token-that-reads", "token-that-writes"
_CLEAN = "Pull request Pull request is in clean status"
_WHO = {
    "GIT_AUTHOR_NAME": "GitHub", "GIT_AUTHOR_EMAIL": "noreply@example.org",
    "GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@example.org",
}  # fmt: skip

Answer = tuple[int, object]


@dataclass
class Pull:
    number: int
    author: str
    head_repository: str
    branch: str
    base: str = "main"
    state: str = "open"
    is_draft: bool = False
    merged_sha: str | None = None
    auto_merge_at: str | None = None
    labels: set[str] = field(default_factory=set)
    #: id -> (login, body)
    comments: dict[int, tuple[str, str]] = field(default_factory=dict)


@dataclass
class Run:
    id: int
    workflow: str
    head_sha: str
    event: str = "pull_request"
    status: str = "completed"
    conclusion: str | None = "success"


@dataclass
class GithubServer:
    """`required` are the commits on which the branch's required check has passed; `None`: it requires nothing.

    `asked` are the requests, `reruns` the runs that were started again, `writers` who may push; `status` answers
    everything with that code instead.
    """

    bare: Path
    repository: str = "lab/benchmark"
    address: str = ""
    status: int = 200
    required: set[str] | None = field(default_factory=set)
    pulls: dict[int, Pull] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    reruns: list[int] = field(default_factory=list)
    writers: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    #: Path below the repository's address -> what is answered there, such as its settings.
    documents: dict[str, object] = field(default_factory=dict)
    _next: int = 1
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- what people and GitHub itself do

    def open_pull(self, author: str, commit: str, *, branch: str = "entry", base: str = "main") -> Pull:
        """A pull request whose objects were pushed to the bare repository already."""
        with self._lock:
            pull = Pull(self._number(), author, f"{author}/benchmark", branch, base)
            self.git("update-ref", f"refs/pull/{pull.number}/head", commit)
            self.pulls[pull.number] = pull
            return pull

    def comment(self, number: int, login: str, body: str) -> None:
        self.pulls[number].comments[self._number()] = (login, body)

    def add_run(self, workflow: str, head_sha: str, *, conclusion: str | None = "success") -> Run:
        run = Run(self._number(), workflow, head_sha, conclusion=conclusion)
        self.runs[run.id] = run
        return run

    def pass_required(self, sha: str) -> None:
        """The required check passed: what waits for it is merged."""
        with self._lock:
            if self.required is not None:
                self.required.add(sha)
            for pull in self.pulls.values():
                if pull.auto_merge_at is not None and self.head(pull) == sha == pull.auto_merge_at:
                    self._merge(pull, sha)

    def head(self, pull: Pull) -> str:
        return self.git("rev-parse", f"refs/pull/{pull.number}/head")

    def comments_of(self, number: int, login: str = BOT) -> list[str]:
        return [body for who, body in self.pulls[number].comments.values() if who == login]

    def git(self, *arguments: str) -> str:
        environment, command = {"PATH": "/usr/bin:/bin", **_WHO}, ["git", *arguments]
        done = subprocess.run(command, cwd=self.bare, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    # --- what the API answers

    def answer(self, method: str, path: str, query: dict[str, str], body: object, token: str) -> Answer:
        with self._lock:
            self.asked.append(f"{method} {path}")
            if self.status != 200:
                return self.status, {"message": "as told"}
            if method != "GET" and token != WRITE_TOKEN:
                return (403 if token == READ_TOKEN else 401), {"message": "Resource not accessible by integration"}
            if path == "/graphql":
                return self._graphql(body)
            prefix = f"/repos/{self.repository}"
            if not path.startswith(prefix):
                return 404, {"message": "Not Found"}
            return self._dispatch(method, path.removeprefix(prefix), query, body)

    def _dispatch(self, method: str, path: str, query: dict[str, str], body: object) -> Answer:
        if method == "GET" and path in self.documents:
            return 200, self.documents[path]
        for known_method, pattern, handler in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == known_method:
                return handler(self, match, query, body)
        return 404, {"message": "Not Found"}

    def get_repository(self, _match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        url = f"{self.address}/repos/{self.repository}"
        return 200, {"url": url, "full_name": self.repository, "default_branch": "main"}

    def get_pull(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        pull = self.pulls.get(int(match[1]))
        return (200, self._describe(pull)) if pull else (404, {"message": "Not Found"})

    def list_pulls(self, _match: re.Match[str], query: dict[str, str], _body: object) -> Answer:
        state = query.get("state", "open")
        pulls = [pull for pull in self.pulls.values() if state in {"all", pull.state}]
        return 200, [self._describe(pull) for pull in reversed(pulls)]

    def merge_pull(self, match: re.Match[str], _query: dict[str, str], body: object) -> Answer:
        pull, asked = self.pulls[int(match[1])], dict(body or {})  # type: ignore[call-overload]
        if asked.get("sha") not in {None, self.head(pull)}:
            return 409, {"message": "Head branch was modified. Review and try the merge again."}
        if self.required is not None and self.head(pull) not in self.required:
            return 405, {"message": "Required status check is expected."}
        self._merge(pull, self.head(pull))
        return 200, {"merged": True, "sha": pull.merged_sha, "message": "Pull Request successfully merged"}

    def list_comments(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        pull = self.pulls[int(match[1])]
        return 200, [self._describe_comment(number, *said) for number, said in pull.comments.items()]

    def create_comment(self, match: re.Match[str], _query: dict[str, str], body: object) -> Answer:
        number = self._number()
        self.pulls[int(match[1])].comments[number] = (BOT, body["body"])  # type: ignore[index]
        return 201, self._describe_comment(number, BOT, body["body"])  # type: ignore[index]

    def edit_comment(self, match: re.Match[str], _query: dict[str, str], body: object) -> Answer:
        number = int(match[1])
        for pull in self.pulls.values():
            if number in pull.comments:
                pull.comments[number] = (pull.comments[number][0], body["body"])  # type: ignore[index]
                return 200, self._describe_comment(number, *pull.comments[number])
        return 404, {"message": "Not Found"}

    def add_labels(self, match: re.Match[str], _query: dict[str, str], body: object) -> Answer:
        pull = self.pulls[int(match[1])]
        pull.labels |= set(body["labels"] if isinstance(body, dict) else body)  # type: ignore[call-overload]
        return 200, [{"name": name} for name in sorted(pull.labels)]

    def remove_label(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        self.pulls[int(match[1])].labels.discard(unquote(match[2]))
        return 200, []

    def list_commits(self, _match: re.Match[str], query: dict[str, str], _body: object) -> Answer:
        shas = self.git("log", "--format=%H", query.get("sha", "main"), "--", query.get("path", ".")).split()
        return 200, [{"sha": sha, "url": f"{self.address}/repos/{self.repository}/commits/{sha}"} for sha in shas]

    def pulls_of_commit(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        return 200, [self._describe(pull) for pull in self.pulls.values() if pull.merged_sha == match[1]]

    def list_runs(self, match: re.Match[str], query: dict[str, str], _body: object) -> Answer:
        runs = [
            self._describe_run(run)
            for run in sorted(self.runs.values(), key=lambda run: -run.id)
            if run.workflow == match[1] and query.get("head_sha", run.head_sha) == run.head_sha
        ]
        return 200, {"total_count": len(runs), "workflow_runs": runs}

    def get_workflow(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        url = f"{self.address}/repos/{self.repository}/actions/workflows/{match[1]}"
        return 200, {"id": 1, "name": match[1], "path": f".github/workflows/{match[1]}", "url": url}

    def get_run(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        run = self.runs.get(int(match[1]))
        return (200, self._describe_run(run)) if run else (404, {"message": "Not Found"})

    def rerun(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        self.reruns.append(int(match[1]))
        return 201, {}

    def permission(self, match: re.Match[str], _query: dict[str, str], _body: object) -> Answer:
        return 200, {"permission": "write" if match[1] in self.writers else "read"}

    def _graphql(self, body: object) -> Answer:
        asked = dict(body)  # type: ignore[call-overload]
        given = asked["variables"]["input"]
        pull = self.pulls[int(given["pullRequestId"].removeprefix("PR_"))]
        if "disablePullRequestAutoMerge" in asked["query"]:
            pull.auto_merge_at = None
        elif pull.state != "open":
            return 200, {"data": None, "errors": [{"type": "UNPROCESSABLE", "message": "Pull request is closed"}]}
        elif given.get("expectedHeadOid") not in {None, self.head(pull)}:
            return 200, {"data": None, "errors": [{"type": "UNPROCESSABLE", "message": "Head sha didn't match"}]}
        elif self.required is None or self.head(pull) in self.required:
            return 200, {"data": None, "errors": [{"type": "UNPROCESSABLE", "message": _CLEAN}]}
        else:
            pull.auto_merge_at = self.head(pull)
        name = "disablePullRequestAutoMerge" if "disable" in asked["query"] else "enablePullRequestAutoMerge"
        return 200, {"data": {name: {"clientMutationId": None, "actor": None}}}

    def _merge(self, pull: Pull, sha: str) -> None:
        """Squash by git; a conflict is an error of git's, and nothing is merged."""
        base = self.git("rev-parse", f"refs/heads/{pull.base}")
        tree = self.git("merge-tree", "--write-tree", base, sha).split()[0]
        pull.merged_sha = self.git("commit-tree", tree, "-p", base, "-m", f"Entry (#{pull.number})")
        self.git("update-ref", f"refs/heads/{pull.base}", pull.merged_sha, base)
        pull.state, pull.auto_merge_at = "closed", None

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _describe(self, pull: Pull) -> dict[str, object]:
        base_sha = self.git("rev-parse", f"refs/heads/{pull.base}")
        of_repository = f"{self.address}/repos/{self.repository}"
        return {
            "url": f"{of_repository}/pulls/{pull.number}",
            "issue_url": f"{of_repository}/issues/{pull.number}",
            "number": pull.number,
            "node_id": f"PR_{pull.number}",
            "state": pull.state,
            "draft": pull.is_draft,
            "user": {"login": pull.author, "type": "User"},
            "base": {"ref": pull.base, "sha": base_sha, "repo": {"full_name": self.repository}},
            "head": {"ref": pull.branch, "sha": self.head(pull), "repo": {"full_name": pull.head_repository}},
            "merged_at": "2026-01-01T00:00:00Z" if pull.merged_sha else None,
            "merge_commit_sha": pull.merged_sha,
            "auto_merge": {"merge_method": "squash"} if pull.auto_merge_at else None,
            "labels": [{"name": name} for name in sorted(pull.labels)],
        }  # fmt: skip

    def _describe_comment(self, number: int, login: str, body: str) -> dict[str, object]:
        url = f"{self.address}/repos/{self.repository}/issues/comments/{number}"
        return {"id": number, "url": url, "body": body, "user": {"login": login}}

    def _describe_run(self, run: Run) -> dict[str, object]:
        url = f"{self.address}/repos/{self.repository}/actions/runs/{run.id}"
        return {
            "id": run.id, "url": url, "rerun_url": f"{url}/rerun", "head_sha": run.head_sha, "event": run.event,
            "status": run.status, "conclusion": run.conclusion, "path": f".github/workflows/{run.workflow}",
        }  # fmt: skip


_Handler = Callable[[GithubServer, "re.Match[str]", dict[str, str], object], Answer]
_ROUTES: list[tuple[str, str, _Handler]] = [
    ("GET", r"", GithubServer.get_repository),
    ("GET", r"/pulls", GithubServer.list_pulls),
    ("GET", r"/pulls/(\d+)", GithubServer.get_pull),
    ("PUT", r"/pulls/(\d+)/merge", GithubServer.merge_pull),
    ("GET", r"/issues/(\d+)/comments", GithubServer.list_comments),
    ("POST", r"/issues/(\d+)/comments", GithubServer.create_comment),
    ("PATCH", r"/issues/comments/(\d+)", GithubServer.edit_comment),
    ("POST", r"/issues/(\d+)/labels", GithubServer.add_labels),
    ("DELETE", r"/issues/(\d+)/labels/(.+)", GithubServer.remove_label),
    ("GET", r"/commits", GithubServer.list_commits),
    ("GET", r"/commits/([0-9a-f]{40})/pulls", GithubServer.pulls_of_commit),
    ("GET", r"/actions/workflows/([^/]+)", GithubServer.get_workflow),
    ("GET", r"/actions/workflows/([^/]+)/runs", GithubServer.list_runs),
    ("GET", r"/actions/runs/(\d+)", GithubServer.get_run),
    ("POST", r"/actions/runs/(\d+)/rerun", GithubServer.rerun),
    ("GET", r"/collaborators/([^/]+)/permission", GithubServer.permission),
]


def make_bare(folder: Path) -> Path:
    """An empty bare repository that gives single commits and parts of histories, as GitHub does."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)], check=True)
    for key in ("allowFilter", "allowAnySHA1InWant"):
        subprocess.run(["git", "-C", str(folder), "config", f"uploadpack.{key}", "true"], check=True)
    return folder


def write_commit(bare: Path, files: dict[str, str | None], parent: str | None = None, mode: str = "100644") -> str:
    """A commit with these files more than its parent, in the bare repository; None removes one."""

    def git(*arguments: str, given: str | None = None) -> str:
        environment = {"PATH": "/usr/bin:/bin", "GIT_INDEX_FILE": str(bare / "index-of-test"), **_WHO}
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=bare, env=environment, input=given, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("read-tree", *([parent] if parent else ["--empty"]))
    for path, content in files.items():
        blob = None if content is None else git("hash-object", "-w", "--stdin", given=content)
        line = f"0 {'0' * 40}\t{path}\0" if blob is None else f"{mode} {blob}\t{path}\0"
        git("update-index", "-z", "--index-info", given=line)
    return git("commit-tree", git("write-tree"), "-m", "test", *(["-p", parent] if parent else []))


@contextlib.contextmanager
def serve_github(bare: Path, repository: str = "lab/benchmark") -> Iterator[GithubServer]:
    """A GitHub for the time of the block; `address` is what GITHUB_API_URL is set to."""
    state = GithubServer(bare, repository)

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = (self.headers.get("Authorization") or "").rpartition(" ")[2]
            status, answer = state.answer(self.command, parts.path, query, body, token)
            page, per_page = int(query.get("page", 1)), int(query.get("per_page", 30))
            links = ""
            if isinstance(answer, list) and self.command == "GET":
                if len(answer) > page * per_page:
                    links = f'<{state.address}{parts.path}?page={page + 1}&per_page={per_page}>; rel="next"'
                answer = answer[(page - 1) * per_page : page * per_page]
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            if links:
                self.send_header("Link", links)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815 - the names that the library calls

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
