"""The guard of our package names: they are plain words, and another package could take one."""

from importlib.metadata import distributions

from services.errors import CannotStart

OURS = "asi-consultation"

NAMES = (
    "api",
    "migrations",
    "miniprogram_contract",
    "models",
    "services",
    "wechat_simulator",
)


class NamesTaken(CannotStart):
    """Another installed package ships a top-level package of our name."""

    code = "names_taken"


def intruders() -> list[tuple[str, str]]:
    """Give (package, name) for every installed package that ships one of our names."""
    found = []
    for distribution in distributions():
        package = distribution.metadata["Name"]
        if package == OURS:
            continue
        tops = {file.parts[0].removesuffix(".py") for file in distribution.files or ()}
        found += [(package, name) for name in NAMES if name in tops]
    return found


def require_own_names() -> None:
    """Make sure that `import services` means ours.

    Raises:
        NamesTaken
    """
    for package, name in intruders():
        raise NamesTaken(package=package, name=name)
