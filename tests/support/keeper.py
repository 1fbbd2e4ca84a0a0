"""Keeps one PostgreSQL alive for exactly as long as a test run holds its lock.

A program of its own, standard library only, because the one who cleans up must survive whoever
is killed: pytest may end by `kill -9`, and a flock is the one message it then still sends.
`python keeper.py LOCK BINARIES` returns once the server is ready or has failed; its last line of
output is `ready FOLDER` or the reason. What goes on running is its child.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

TEMPORARY = Path("/tmp")  # noqa: S108 - mkdtemp makes what is used; TMPDIR may be long or private
"""Not TMPDIR: a socket's path must stay below 100 bytes, and another user must get there."""

INITDB_SECONDS = 60
READY_SECONDS = 60
STOP_SECONDS = 10
POLL_SECONDS = 0.02

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "off",
    "full_page_writes": "off",
}
"""No TCP, as many connections as the production default, and no care for data nobody keeps."""


def main(lock: Path, binaries: Path) -> None:
    """Lets go of the caller, starts the server, waits for the run's end, removes everything.

    The fork leaves the caller nothing to wait for: a worker may end before the run does. Waiting
    with a shared lock lets any number of keepers watch one run and all wake at once.
    """
    if os.fork():
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with lock.open(encoding="utf-8") as run:
        folder = Path(tempfile.mkdtemp(prefix="asi-postgres-", dir=TEMPORARY))
        try:
            keep(folder, binaries, until=run.fileno())
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def keep(folder: Path, binaries: Path, *, until: int) -> None:
    """Serves from a new cluster in the folder until the lock behind the descriptor is free."""
    if os.geteuid() == 0:
        binaries = give_away(folder, binaries)
    initialise(folder, binaries)
    server = spawn(folder, binaries / "postgres", *server_options(folder))
    try:
        await_ready(server, folder)
        report(f"ready {folder}")
        fcntl.flock(until, fcntl.LOCK_SH)
    finally:
        stop(server)


def give_away(folder: Path, binaries: Path) -> Path:
    """Makes the folder an unprivileged user's, since PostgreSQL refuses to run as root.

    Returns binaries that user may run: a copy of the wheel's where the checkout is out of reach
    (below /root, say). The copy keeps the layout of site-packages, for the binaries find their
    libraries relative to themselves.
    """
    account = unprivileged()
    os.chown(folder, account.pw_uid, account.pw_gid)
    site = binaries.parents[2]
    if may_run(folder, binaries / "initdb") or not (site / "pgserver").is_dir():
        return binaries
    unused = shutil.ignore_patterns("include", "pgxs", "*.a", "*.py", "__pycache__")
    for tree in site.glob("pgserver*"):
        shutil.copytree(tree, folder / tree.name, symlinks=True, ignore=unused)
    for path in folder.rglob("*"):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    return folder / binaries.relative_to(site)


def may_run(folder: Path, program: Path) -> bool:
    """Whether the folder's owner can start the program and read the libraries it needs."""
    try:
        return spawn(folder, program, "--version").wait() == 0
    except PermissionError:
        return False


def unprivileged() -> pwd.struct_passwd:
    """The user Debian's package made for PostgreSQL, else the one every system has.

    Raises: LookupError where there is neither.
    """
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in accounts:
            return accounts[name]
    message = "there is no user postgres or nobody to run it"
    raise LookupError(message)


def initialise(folder: Path, binaries: Path) -> None:
    """Makes the cluster; anyone who can enter the folder is its superuser.

    Raises: RuntimeError with initdb's last word.
    """
    initdb = spawn(
        folder,
        binaries / "initdb",
        "--pgdata=data",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    try:
        failed = initdb.wait(INITDB_SECONDS) != 0
    finally:
        initdb.kill()
    if failed:
        raise RuntimeError(last_word(folder))


def server_options(folder: Path) -> list[str]:
    """The server's command line; the socket lies beside the data, inside the private folder."""
    settings = SETTINGS | {"unix_socket_directories": str(folder)}
    return ["-D", "data", *(f"--{name}={value}" for name, value in settings.items())]


def spawn(folder: Path, *command: str | Path) -> subprocess.Popen[bytes]:
    """Starts a program in the folder as the folder's owner, writing to its log.

    Root's groups are dropped as well; the working directory is one the owner may enter.
    """
    owner = folder.stat() if os.geteuid() == 0 else None
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=owner and owner.st_uid,
            group=owner and owner.st_gid,
            extra_groups=owner and (),
        )


def await_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Waits until the server says that it takes connections, where pg_ctl looks too.

    Raises: RuntimeError when it ended, or is not ready in time.
    """
    for _ in range(round(READY_SECONDS / POLL_SECONDS)):
        if status(folder) == "ready":
            return
        try:
            server.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(last_word(folder))
    message = f"not ready after {READY_SECONDS} s"
    raise RuntimeError(message)


def status(folder: Path) -> str:
    """The eighth line of postmaster.pid, the postmaster's own word; empty while there is none."""
    try:
        lines = (folder / "data/postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    return "".join(lines[7:8]).strip()


def last_word(folder: Path) -> str:
    """What stands last in the log: the reason, when a program has just given up."""
    words = (folder / "log").read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line for line in reversed(words) if line.strip()), "it ended without a word")


def report(line: str) -> None:
    """Says the last line and closes the output, which is what the caller waits for."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ends the server without ceremony, PostgreSQL's immediate shutdown: no data is kept."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
