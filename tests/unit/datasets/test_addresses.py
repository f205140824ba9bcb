import pytest

from polyreact.datasets.addresses import find_address_defect

GOOD = [
    "file:///data/our lab/labels#2.csv",
    "file:///data/key=token?x.csv",
    "s3://bucket/folder/labels.csv",
    "s3://bucket/labels.csv?versionId=3",
    "gs://bucket/labels.csv",
    "hf://datasets/lab/set@main/labels.csv",
    "https://lab.example/labels.csv?download=1",
    "sftp://jane@lab.example/labels.csv",
    "abfs://container@account.dfs.example/labels.csv",
    "memory://labels.csv",
]


@pytest.mark.parametrize("address", GOOD)
def test_private_address_is_taken(address):
    assert find_address_defect(address, is_private=True) is None


@pytest.mark.parametrize(
    "address", ["s3://bucket/a.csv", "file:///a.csv", "http://a.example/a", "https://a b", "a.csv"]
)
def test_public_address_other_than_https_is_refused(address):
    assert find_address_defect(address, is_private=False) == "is not an https address"


SECRET = "hunter2secret"  # noqa: S105
BAD = {
    "no-scheme": (f"/data/{SECRET}", "is no address"),
    "http": (f"http://lab.example/{SECRET}", "not encrypted"),
    "relative-file": (f"file://{SECRET}/labels.csv", "whole path"),
    "chain": (f"zip://a.csv::s3://bucket/{SECRET}.zip", "chains"),
    "line-break": (f"s3://bucket/{SECRET}\n", "control character"),
    "password": (f"sftp://jane:{SECRET}@lab.example/a", "user or password"),
    "https-user": (f"https://{SECRET}@lab.example/a", "user or password"),
    "s3-key": (f"s3://AKIA:{SECRET}@bucket/a", "user or password"),
    "key": (f"https://lab.example/a?key={SECRET}", "`key`"),
    "token": (f"https://lab.example/a?x=1&access_token={SECRET}", "`token`"),
    "aws": (f"https://b.example/a?X-Amz-Signature={SECRET}", "`X-Amz-`"),
    "gcs": (f"https://b.example/a?X-Goog-Expires={SECRET}", "`X-Goog-`"),
    "azure": (f"https://b.example/a?sv=1&sig={SECRET}", "credential"),
    "encoded": (f"https://b.example/a?%74oken={SECRET}", "`token`"),
    "fragment": (f"https://b.example/a#access_token={SECRET}", "`token`"),
    "malformed": (f"https://[{SECRET}/a", "malformed"),
}


@pytest.mark.parametrize(("address", "said"), BAD.values(), ids=BAD.keys())
def test_private_address_with_a_defect_is_refused_and_not_repeated(address, said):
    defect = find_address_defect(address, is_private=True)
    assert said in defect
    assert SECRET not in defect
