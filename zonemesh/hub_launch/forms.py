"""The forms in which an operator takes a hub's start: for a shell, Compose, systemd, or any."""

import shlex
from collections.abc import Iterable
from enum import StrEnum

import yaml

from zonemesh.hub_launch.launch import STATE_DIR, USER, Launch, environment, published

_FOLDED = " \\\n    "
_STOP_WITHIN = 30  # seconds; a hub ends NSD and what is under way
_ANY_PORT = "net.ipv4.ip_unprivileged_port_start=53"
# NSD's file has that capability, and is not executed without it in the bounding set.
_CAPABILITY = "NET_BIND_SERVICE"


class Form(StrEnum):
    """What the start is written for."""

    DOCKER = "docker"  # a shell with docker, or podman
    COMPOSE = "compose"
    SYSTEMD = "systemd"
    ENV = "env"  # variables alone, for a process without a container, or any other launcher


def write(launch: Launch, form: Form) -> str:
    """Write a hub's start in a form, with what is to be done by hand as comments."""
    if form is Form.DOCKER:
        return _shell(launch)
    if form is Form.COMPOSE:
        return _comments(launch, inside=True) + _compose(launch)
    if form is Form.SYSTEMD:
        return _comments(launch, inside=True) + _systemd(launch)
    inside = launch.credentials.only_in_containers
    return _comments(launch, inside=inside) + _env(launch, inside=inside)


def arguments(launch: Launch) -> list[list[str]]:
    """Give the engine's command, its options in groups that stand on a line."""
    hardened = [["--read-only", "--tmpfs", "/tmp"], ["--cap-drop", "ALL", "--cap-add", _CAPABILITY]]
    if not launch.new_privileges:
        hardened.append(["--security-opt", "no-new-privileges"])
    network = ["--network", "host"] if launch.host_network else ["--sysctl", _ANY_PORT]
    ports = [part for port in published(launch) for part in ("-p", port)]
    volumes = [["-v", f"{launch.name}:{STATE_DIR}"]]
    volumes += [["-v", f"{outside}:{inside}:ro"] for outside, inside in launch.mounts.items()]
    set_here = environment(launch, inside=True).items()
    variables = [["-e", f"{name}={value}"] for name, value in set_here]
    passed = [["-e", name] for name in launch.variables]
    groups = [*hardened, network, ports, *volumes, *variables, *passed, [launch.image]]
    return [group for group in groups if group]


def _shell(launch: Launch) -> str:
    begun = [launch.engine, "run", "-d", "--name", launch.name, "--restart", "unless-stopped"]
    lines = [shlex.join(group) for group in [begun, *arguments(launch)]]
    comments = _comments(launch, inside=True, files=False)
    return comments + _files(launch) + _FOLDED.join(lines) + "\n"


def _files(launch: Launch) -> str:
    """Write the file that says how the hub comes to its role, private to the hub's user."""
    config, folder = launch.credentials.config(inside=True), launch.credentials.directory
    if not config:
        return ""
    where = shlex.quote(folder)
    return (
        f"sudo mkdir -p {where}\n"
        f"sudo tee {shlex.quote(f'{folder}/config')} > /dev/null <<'END'\n{config}END\n"
        f"sudo chown -R {USER} {where}\n"
        f"sudo chmod -R u=rwX,go= {where}\n"
    )


def _compose(launch: Launch) -> str:
    service: dict[str, object] = {
        "image": launch.image,
        "container_name": launch.name,
        "restart": "unless-stopped",
        "stop_grace_period": f"{_STOP_WITHIN}s",
        "read_only": True,
        "tmpfs": ["/tmp"],
        "cap_drop": ["ALL"],
        "cap_add": [_CAPABILITY],
    }
    if not launch.new_privileges:
        service["security_opt"] = ["no-new-privileges:true"]
    if launch.host_network:
        service["network_mode"] = "host"
    else:
        service["sysctls"] = [_ANY_PORT]
        service["ports"] = published(launch)
    mounts = [f"{outside}:{inside}:ro" for outside, inside in launch.mounts.items()]
    service["volumes"] = [f"state:{STATE_DIR}", *mounts]
    variables = [f"{name}={value}" for name, value in environment(launch, inside=True).items()]
    service["environment"] = [*variables, *launch.variables]
    document = {
        "name": launch.name,
        "services": {"hub": service},
        "volumes": {"state": {"name": launch.name}},
    }
    # A dollar sign begins a variable of Compose's own.
    return yaml.safe_dump(document, sort_keys=False, width=200).replace("$", "$$")


def _systemd(launch: Launch) -> str:
    begun = [launch.engine, "run", "--rm", "--name", launch.name]
    lines = [" ".join(map(_for_systemd, group)) for group in [begun, *arguments(launch)]]
    after = "network-online.target" + (" docker.service" if launch.engine == "docker" else "")
    passed = f"EnvironmentFile=/etc/zonemesh/{launch.hub.hub}.env\n" if launch.variables else ""
    return (
        f"[Unit]\nDescription=zonemesh hub {launch.hub.hub}\n"
        f"Wants={after}\nAfter={after}\nStartLimitIntervalSec=0\n\n"
        f"[Service]\n{passed}"
        f"ExecStartPre=-{launch.engine} rm -f {launch.name}\n"
        f"ExecStart={_FOLDED.join(lines)}\n"
        f"ExecStop={launch.engine} stop -t {_STOP_WITHIN} {launch.name}\n"
        "Restart=always\nRestartSec=5\nTimeoutStartSec=300\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def _for_systemd(word: str) -> str:
    """Quote a word of ExecStart= (systemd.service(5)): `%` and `$` stand for themselves."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    plain = word and not any(sign in word for sign in " \t\"'\\;#")
    return text if plain else f'"{text}"'


def _env(launch: Launch, *, inside: bool) -> str:
    lines = [f"{name}={value}" for name, value in environment(launch, inside=inside).items()]
    return "".join(f"{line}\n" for line in lines) + "".join(
        f"# {name}= has to be set: the mesh's secret of this hub\n" for name in launch.variables
    )


def _comments(launch: Launch, *, inside: bool, files: bool = True) -> str:
    """Say, as comments, what the host must have: files, variables, ports."""
    lines = [f"Hub {launch.hub.hub} of zonemesh."]
    if files and (config := launch.credentials.config(inside=inside)):
        lines.append(f"{launch.credentials.directory}/config:")
        lines += [f"    {line}" for line in config.splitlines()]
    lines += launch.credentials.by_hand()
    if files and launch.credentials.directory and inside:
        lines.append(f"All of it belongs to {USER}, and nobody else may read it (go=).")
    lines += list(_secrets(launch))
    return "".join(f"# {line}\n" for line in lines)


def _secrets(launch: Launch) -> Iterable[str]:
    for name in launch.variables:
        yield f"The variable {name} has to be set where this is run: a secret of the mesh."
    for path in launch.files:
        yield f"{path} has to be there, and {USER} has to be able to read it: a secret of the mesh."
