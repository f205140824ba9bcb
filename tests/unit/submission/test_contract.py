"""Contract version 1 is a promise: whoever changes it breaks every submission."""

from polyreact.submission import contract


def test_contract_of_version_1_is_what_was_promised():
    assert contract.CONTRACT_VERSION == 1
    assert contract.INPUT_HEADER == ("sequence_id", "sequence", "light_sequence")
    assert contract.OUTPUT_HEADER == ("sequence_id", "prediction", "score")
    assert contract.contract_environment("/data", "/output", "predict") == {
        "INPUT": "/data/sequences.csv",
        "OUTPUT": "/output/predictions.csv",
        "POLYREACT_CONTRACT": "1",
        "POLYREACT_MODE": "predict",
    }


def test_contract_of_a_fit_predict_run_adds_the_training_table():
    assert contract.TRAIN_HEADER == ("sequence_id", "sequence", "light_sequence", "label")
    assert contract.contract_environment("/data", "/output", contract.Mode.FIT_PREDICT) == {
        "INPUT": "/data/sequences.csv",
        "TRAIN": "/data/train.csv",
        "OUTPUT": "/output/predictions.csv",
        "POLYREACT_CONTRACT": "1",
        "POLYREACT_MODE": "fit-predict",
    }
