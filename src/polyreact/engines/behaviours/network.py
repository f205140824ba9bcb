"""Behaviours of the network: there is none, but the loopback of the run's own."""

from polyreact.engines.behaviours.behaviour import Behaviour

#: Every program that tries an address first makes sure that there is no way out.
_NO_WAY_OUT = """
names = os.listdir("/sys/class/net")
expect(names == ["lo"], names)
"""

NETWORK = (
    Behaviour(
        "no-network",
        "there is no network interface but the loopback, and no route",
        f"""{_NO_WAY_OUT}
routes = open("/proc/net/route").read().splitlines()[1:]
expect(not routes, routes)
""",
    ),
    Behaviour(
        "no-ipv6-route",
        "no route of IPv6 leads anywhere but to the loopback",
        """
routes = [line.split()[-1] for line in (read("/proc/net/ipv6_route") or "").splitlines()]
expect(set(routes) <= {"lo"}, routes)
""",
    ),
    Behaviour(
        "addresses-unreachable",
        "public, private and metadata addresses cannot be reached",
        f"""{_NO_WAY_OUT}
for address in ("192.0.2.1", "10.0.0.1", "169.254.169.254"):
    refused(address, lambda: socket.create_connection((address, 80), timeout=2), errno.ENETUNREACH)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    refused("a datagram", lambda: sender.sendto(b"x", ("192.0.2.1", 9)), errno.ENETUNREACH)
""",
    ),
    Behaviour(
        "names-unresolvable",
        "no name of the world can be looked up",
        f"""{_NO_WAY_OUT}
try: found = socket.getaddrinfo("polyreact.example", 80)
except socket.gaierror: pass
else: sys.exit(f"saw: {{found}}")
""",
    ),
    Behaviour(
        "loopback-works",
        "processes of one run can talk to each other over the loopback",
        """
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname(), timeout=5)
server.accept()[0].sendall(b"x")
expect(client.recv(1) == b"x", "nothing received")
""",
    ),
    Behaviour(
        "host-loopback-apart",
        "what listens on the host's loopback cannot be reached",
        """
refused("the host's port", lambda: socket.create_connection(("127.0.0.1", HOST["port"]), 2), errno.ECONNREFUSED)
""",
    ),
    Behaviour(
        "host-sockets-apart",
        "what listens on an abstract socket of the host cannot be reached",
        """
with socket.socket(socket.AF_UNIX) as client:
    refused("the host's socket", lambda: client.connect("\\0" + HOST["socket"]), errno.ECONNREFUSED)
""",
    ),
    Behaviour(
        "vsock-refused",
        "sockets that reach the hypervisor cannot be made; none is ever connected",
        """
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    refused("vsock", lambda: socket.socket(40, kind).close())
""",
    ),
    Behaviour(
        "raw-sockets-refused",
        "raw, packet, netlink and other rare sockets cannot be made",
        """
refused("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close())
for family in (16, 17, 15, 29, 31, 38, 44):
    refused(f"family {family}", lambda: socket.socket(family, socket.SOCK_RAW).close())
""",
    ),
)
