"""Certificates, and that a cluster that has them speaks with nobody else."""

import os
import stat
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from fakes import jobs
from fakes.pools import HAS, by_address, start_cluster
from polyreact.errors import BadCertificate, ClusterUnreachable, MissingExtra, PlainClusterRefused, WrongCommandLine
from polyreact.execution.certificates import VALID_DAYS, make_certificates
from polyreact.execution.dask_pool import connect, load_security, open_dask, refuse_plain
from polyreact.execution.profile import TlsFiles
from polyreact.execution.resources import Resources

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def read(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_node_is_certified_by_the_authority_and_is_none_itself(tmp_path):
    made = make_certificates(tmp_path / "own", NOW)
    authority, node = read(made.files.authority), read(made.files.certificate)
    node.verify_directly_issued_by(authority)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not node.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    for certificate in (authority, node):
        assert certificate.not_valid_before_utc < NOW
        assert certificate.not_valid_after_utc == NOW + timedelta(days=VALID_DAYS) == made.valid_until


def test_files_are_for_this_user_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        make_certificates(tmp_path / "own", NOW)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "own").iterdir()}
    assert modes == dict.fromkeys(("authority.pem", "authority-key.pem", "node.pem", "node-key.pem"), 0o600)
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["authority.pem", "authority-key.pem", "node.pem", "node-key.pem"])
def test_nothing_is_overwritten_and_nothing_written_beside_it(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(WrongCommandLine, match="exists already"):
        make_certificates(tmp_path, NOW)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_certificates_without_the_package_name_the_extra(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra) as caught:
        make_certificates(tmp_path / "own", NOW)
    assert caught.value.cure == "pip install 'polyreact[cluster]'"
    assert not (tmp_path / "own").exists()


def test_absent_certificate_is_told_before_anything_is_sent(tmp_path, tls):
    with pytest.raises(BadCertificate, match=r"no .*gone\.pem"):
        load_security(TlsFiles(tls.authority, tls.certificate, tmp_path / "gone.pem"))


@pytest.mark.parametrize("wrong", ["authority", "key"])
def test_certificate_that_is_none_is_told(tmp_path, tls, wrong):
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    files = {"authority": tls.authority, "certificate": tls.certificate, "key": tls.key, wrong: bad}
    with pytest.raises(BadCertificate):
        load_security(TlsFiles(**files))


@pytest.fixture(scope="module")
def cluster(tls):
    """One with certificates, for clients of every sort."""
    cluster = start_cluster(tls, 1)
    yield cluster
    cluster.close()


def test_client_with_its_certificate_is_served(cluster, tls):
    with open_dask(by_address(cluster, tls)) as pool:
        need = Resources(1, 1, 0, 1)
        assert pool.submit(jobs.add, 1, 2, resources=need, key="add").result(60) == 3
        assert [worker.has for worker in pool.state().workers] == [HAS]


def test_client_with_a_foreign_certificate_is_refused(cluster, make_tls):
    with pytest.raises(ClusterUnreachable):
        open_dask(by_address(cluster, make_tls()))


def test_client_of_a_foreign_certificate_that_trusts_any_is_refused(cluster, tls, make_tls):
    foreign = make_tls()
    with pytest.raises(ClusterUnreachable):
        open_dask(by_address(cluster, TlsFiles(tls.authority, foreign.certificate, foreign.key)))


def test_plain_client_is_refused(cluster):
    address = cluster.scheduler_address.replace("tls://", "tcp://")
    with pytest.raises(ClusterUnreachable):
        connect(address, None)


def test_plain_scheduler_on_loopback_is_served():
    cluster = start_cluster(None, 1)
    try:
        with open_dask(by_address(cluster, None)) as pool:
            assert pool.submit(jobs.add, 1, 2, resources=Resources(1, 1), key="add").result(60) == 3
    finally:
        cluster.close()


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "tcp://head:8786", "tcp://0.0.0.0:1", "tcp://[::]:1"])
def test_plain_address_beyond_loopback_is_refused(address):
    with pytest.raises(PlainClusterRefused) as caught:
        refuse_plain(["tcp://127.0.0.1:1", address])
    assert address in caught.value.render()


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:1", "tcp://127.1.2.3:1"]
)
def test_plain_address_on_loopback_is_taken(address):
    refuse_plain([address])
