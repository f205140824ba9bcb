"""GitHub Actions on this machine: workflows are read from the repository as GitHub reads them, and their steps run.

A workflow of a pull request is that of the merge of its commit; one that follows another run, or runs by itself, is
that of the default branch. A fork's run has a token that only reads and no secrets. What a step may say is what the
workflows say today; of anything else the rehearsal does not know what GitHub would do, and fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fakes.github_server import READ_TOKEN, WRITE_TOKEN, GithubServer, Pull, Run
from rehearsal.expressions import as_text, evaluate, evaluate_condition, fill_in

#: Done once for this machine, or by tests of their own, or nothing that a laptop could do.
SKIPPED = {"make runner", "make docs", "make upload-space"}
_STEP_S = 1_800


@dataclass
class Job:
    """What became of a job. `log` is what its steps printed."""

    name: str
    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Finished:
    """What became of a run of a workflow."""

    run: Run
    jobs: list[Job]
    artefacts: Path

    @property
    def succeeded(self) -> bool:
        return all(job.result in {"success", "skipped"} for job in self.jobs)

    @property
    def log(self) -> str:
        return "\n".join(job.log for job in self.jobs)

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.name == name)


@dataclass
class Actions:
    """`environment` is what this machine gives to every step; `variables` are the repository's.

    `on_new_machine` makes this one look new, before each run. `pages` is the site as it was last deployed.
    """

    server: GithubServer
    top: Path
    environment: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    pages: Path | None = None
    on_new_machine: Callable[[], None] = lambda: None

    def on_pull_request(self, pull: Pull) -> tuple[Finished, Finished]:
        """The check of a pull request, and what follows it."""
        head = self.server.head(pull)
        checked = self._run("submission.yml", "pull_request", self._pull_event(pull), self._merge(pull), head)
        if checked.succeeded:
            self.server.pass_required(head)
        run = {
            "id": checked.run.id,
            "path": ".github/workflows/submission.yml",
            "event": "pull_request",
            "head_sha": head,
            "conclusion": "success" if checked.succeeded else "failure",
            "repository": {"full_name": self.server.repository},
        }
        event = {"action": "completed", "workflow_run": run, "repository": {"default_branch": "main"}}
        return checked, self._run("submission-report.yml", "workflow_run", event, "main", head)

    def on_comment(self, pull: Pull, login: str, body: str) -> Finished:
        """A comment on a pull request; a check that it starts again is run, and told."""
        self.server.comment(pull.number, login, body)
        event = {
            "action": "created",
            "issue": {"number": pull.number, "pull_request": {}},
            "comment": {"body": body, "user": {"login": login}},
            "repository": {"default_branch": "main"},
        }
        before = len(self.server.reruns)
        finished = self._run("recheck.yml", "issue_comment", event, "main", self.server.git("rev-parse", "main"))
        if len(self.server.reruns) > before:
            self.on_pull_request(pull)
        return finished

    def on_schedule(self, workflow: str = "evaluate.yml") -> Finished:
        """A week later."""
        event = {"schedule": "17 3 * * 1", "repository": {"default_branch": "main"}}
        return self._run(workflow, "schedule", event, "main", self.server.git("rev-parse", "main"))

    # --- one run

    def _run(self, workflow: str, event_name: str, event: Mapping[str, object], source: str, head: str) -> Finished:
        """`source` is the commit, branch or tree that the workflow is read from."""
        self.on_new_machine()
        run = self.server.add_run(workflow, head, conclusion=None)
        artefacts = self.top / f"artefacts-{run.id}"
        finished = Finished(run, [], artefacts)
        document = self._read(source, workflow)
        self._run_jobs(document, event_name, event, source, finished)
        run.conclusion = "success" if finished.succeeded else "failure"
        return finished

    def _read(self, source: str, workflow: str) -> dict[str, Any]:
        return yaml.safe_load(self.server.git("show", f"{source}:.github/workflows/{workflow}"))

    def _run_jobs(
        self,
        document: dict[str, Any],
        event_name: str,
        event: Mapping[str, object],
        source: str,
        finished: Finished,
    ) -> None:
        done: dict[str, Job] = {}
        waiting = dict(document["jobs"])
        while waiting:
            ready = [name for name, job in waiting.items() if set(_needs(job)) <= set(done)]
            assert ready, f"jobs that wait for each other: {list(waiting)}"
            for name in ready:
                job = waiting.pop(name)
                needed = {need: done[need] for need in _needs(job)}
                done[name] = self._run_job(name, job, needed, event_name, event, source, finished)
                finished.jobs.append(done[name])

    def _run_job(
        self,
        name: str,
        job: dict[str, Any],
        needed: Mapping[str, Job],
        event_name: str,
        event: Mapping[str, object],
        source: str,
        finished: Finished,
    ) -> Job:
        is_fork = event_name == "pull_request"
        writes = any(right == "write" for right in (job.get("permissions") or {}).values())
        contexts: dict[str, object] = {
            "github": {
                "event": event,
                "ref": "refs/heads/main",
                "token": WRITE_TOKEN if writes and not is_fork else READ_TOKEN,
            },
            "needs": {need: {"result": done.result, "outputs": done.outputs} for need, done in needed.items()},
            "vars": {} if is_fork else self.variables,
            "secrets": {},
            "inputs": {},
            "matrix": {},
            "steps": {},
        }
        fine = all(done.result == "success" for done in needed.values())
        if not evaluate_condition(job.get("if", "success()"), contexts, _functions(fine)):
            return Job(name, "skipped")
        if "uses" in job:
            called = self._read(source, job["uses"].removeprefix("./.github/workflows/"))
            inner = Finished(finished.run, [], finished.artefacts)
            self._run_jobs(called, event_name, event, source, inner)
            finished.jobs += inner.jobs
            return Job(name, "success" if inner.succeeded else "failure")
        whole = Job(name)
        for matrix in self._expand(job, contexts, fine):
            one = _JobRun(self, Job(name), {**contexts, "matrix": matrix}, event_name, event, finished)
            one.run(job)
            whole.log += one.job.log
            whole.summary += one.job.summary
            whole.outputs |= one.job.outputs
            if one.job.result == "failure":
                whole.result = "failure"
        return whole

    def _expand(self, job: dict[str, Any], contexts: Mapping[str, object], fine: bool) -> list[Any]:
        matrix = (job.get("strategy") or {}).get("matrix")
        if matrix is None:
            return [{}]
        value = evaluate(matrix.strip().removeprefix("${{").removesuffix("}}"), contexts, _functions(fine))
        assert isinstance(value, dict)
        return list(value["include"])

    # --- what GitHub says of a pull request

    def _merge(self, pull: Pull) -> str:
        """The tree that merging it would give, which is what its workflows are read from."""
        return self.server.git("merge-tree", "--write-tree", "main", self.server.head(pull)).split()[0]

    def _pull_event(self, pull: Pull) -> dict[str, object]:
        return {
            "action": "opened",
            "number": pull.number,
            "pull_request": {
                "number": pull.number,
                "user": {"login": pull.author},
                "base": {"ref": pull.base, "sha": self.server.git("rev-parse", f"refs/heads/{pull.base}")},
                "head": {"ref": pull.branch, "sha": self.server.head(pull)},
                "title": "`$(touch /tmp/pwned)`",
            },
            "repository": {"default_branch": "main"},
        }


@dataclass
class _JobRun:
    actions: Actions
    job: Job
    contexts: dict[str, Any]
    event_name: str
    event: Mapping[str, object]
    finished: Finished

    def run(self, described: dict[str, Any]) -> None:
        with _open_folder(self.actions.top, f"job-{self.finished.run.id}-{self.job.name}") as place:
            self.place, self.workspace = place, place / "workspace"
            self.workspace.mkdir()
            fine = True
            for step in described["steps"]:
                functions = _functions(fine)
                if not evaluate_condition(step.get("if", "success()"), self.contexts, functions):
                    continue
                try:
                    self._step(step)
                except _StepFailed as error:
                    self.job.log += f"\n{error}\n"
                    fine = fine and step.get("continue-on-error") is True
            self.job.result = "success" if fine else "failure"
            for name, value in (described.get("outputs") or {}).items():
                self.job.outputs[name] = fill_in(value, self.contexts, _functions(True))

    def _step(self, step: dict[str, Any]) -> None:
        functions = _functions(True)
        if "run" in step:
            environment = {
                key: fill_in(as_text(value), self.contexts, functions) for key, value in step.get("env", {}).items()
            }
            assert "${{" not in step["run"], "an expression in a command can be anything that a stranger wrote"
            self._shell(step["run"], environment, step.get("id"))
            return
        given = {
            key: fill_in(as_text(value), self.contexts, functions)
            for key, value in (step.get("with") or {}).items()
        }
        action = step["uses"].partition("@")[0]
        assert action in _ACTIONS, f"the rehearsal does not know the action {action}"
        outputs = _ACTIONS[action](self, given) or {}
        if "id" in step:
            self.contexts["steps"] = {**self.contexts["steps"], step["id"]: {"outputs": outputs}}

    def _shell(self, command: str, environment: dict[str, str], step_id: str | None) -> None:
        if command.strip() in SKIPPED:
            return
        outputs, summary, event = self.place / "outputs", self.place / "summary", self.place / "event.json"
        outputs.write_text("")
        summary.write_text("")
        event.write_text(json.dumps(self.event))
        server = self.actions.server
        given = {
            **self.actions.environment,
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": server.address,
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": server.repository,
            "GITHUB_RUN_ID": str(self.finished.run.id),
            "GITHUB_SERVER_URL": server.address,
            "GITHUB_SHA": self.commit,
            "GITHUB_STEP_SUMMARY": str(summary),
            **environment,
        }
        ended = subprocess.run(
            ["bash", "-e", "-c", command], cwd=self.workspace, env=given, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=_STEP_S,
            check=False,
        )  # fmt: skip
        self.job.log += f"$ {command}\n{ended.stdout}"
        self.job.summary += summary.read_text()
        if step_id:
            self.contexts["steps"] = {
                **self.contexts["steps"],
                step_id: {"outputs": _parse_outputs(outputs.read_text())},
            }
        if ended.returncode:
            raise _StepFailed(f"exit status {ended.returncode}: {command}")

    # --- the actions

    commit: str = ""

    def check_out(self, given: Mapping[str, str]) -> None:
        ref = given.get("ref") or "main"
        self.workspace.rmdir()
        clone = ["git", "clone", "--quiet", str(self.actions.server.bare), str(self.workspace)]
        subprocess.run(clone, check=True)
        subprocess.run(["git", "checkout", "--quiet", ref], cwd=self.workspace, check=True)
        self.commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.workspace, check=True, capture_output=True, text=True
        ).stdout.strip()

    def upload(self, given: Mapping[str, str]) -> None:
        source, target = self.workspace / given["path"], self.finished.artefacts / given.get("name", "github-pages")
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.exists():
            target.mkdir(parents=True)
            shutil.copy(source, target)
        elif given.get("if-no-files-found") == "error":
            raise _StepFailed(f"no files at {given['path']}")

    def download(self, given: Mapping[str, str]) -> None:
        kept = self.actions.top / f"artefacts-{given['run-id']}" if "run-id" in given else self.finished.artefacts
        target = self.workspace / given["path"]
        assert "merge-multiple" not in given, "one job could write into the folder of another"
        if "pattern" in given:
            for one in sorted(kept.glob(given["pattern"])):
                shutil.copytree(one, target / one.name, symlinks=True, dirs_exist_ok=True)
            return
        if not (kept / given["name"]).is_dir():
            raise _StepFailed(f"no artefact {given['name']}")
        shutil.copytree(kept / given["name"], target, symlinks=True)

    def configure_pages(self, _given: Mapping[str, str]) -> dict[str, str]:
        return {"base_url": "https://lab.github.example/benchmark"}

    def deploy_pages(self, _given: Mapping[str, str]) -> dict[str, str]:
        self.actions.pages = self.finished.artefacts / "github-pages"
        assert self.actions.pages.is_dir()
        return {"page_url": "https://lab.github.example/benchmark"}

    def attest(self, given: Mapping[str, str]) -> None:
        assert (self.workspace / given["subject-path"]).is_file()


_ACTIONS: dict[str, Any] = {
    "actions/checkout": _JobRun.check_out,
    "actions/upload-artifact": _JobRun.upload,
    "actions/download-artifact": _JobRun.download,
    "actions/configure-pages": _JobRun.configure_pages,
    "actions/upload-pages-artifact": _JobRun.upload,
    "actions/deploy-pages": _JobRun.deploy_pages,
    "actions/attest": _JobRun.attest,
}


class _StepFailed(Exception):
    pass


@contextmanager
def _open_folder(top: Path, name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=top))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _needs(job: dict[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def _functions(fine: bool) -> dict[str, Any]:
    return {
        "always": lambda: True,
        "cancelled": lambda: False,
        "failure": lambda: not fine,
        "success": lambda: fine,
        "fromJSON": lambda text: json.loads(as_text(text)),
        "toJSON": json.dumps,
        "startsWith": lambda text, start: as_text(text).casefold().startswith(as_text(start).casefold()),
    }


def _parse_outputs(text: str) -> dict[str, str]:
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, mark, delimiter = line.partition("<<")
        if not mark:
            name, _, found[name] = line.partition("=")
            continue
        found[name] = "\n".join(_until(lines, delimiter))
    return found


def _until(lines: Iterator[str], delimiter: str) -> Iterator[str]:
    for line in lines:
        if line == delimiter:
            return
        yield line
    raise AssertionError("an output without an end")


def machine_environment(
    top: Path, engine: str, engine_environment: Mapping[str, str], **more: str
) -> dict[str, str]:
    """What every step gets from this machine: polyreact and an engine on the path, and sudo where root has none."""
    programs = top / "bin"
    programs.mkdir()
    (programs / "polyreact").symlink_to(Path(sys.executable).parent / "polyreact")
    if os.geteuid() == 0:
        (programs / "sudo").write_text('#!/bin/sh\nshift\nexec "$@"\n')
        (programs / "sudo").chmod(0o755)
    return {
        **engine_environment,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/root"),
        "LC_ALL": "C.UTF-8",
        "POLYREACT_ENGINE": engine,
        **more,
    }
