"""From a trained run to a submission folder, as anybody hands one in."""
