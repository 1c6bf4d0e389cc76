from datetime import timedelta

import pytest

from kiosk.store.calibration import Calibration


def test_a_calibration_is_kept_replaced_and_forgotten(store, make):
    assert store.calibration("hall") is None
    store.keep_calibration("hall", make.noon, (201.25, 64.0))
    store.keep_calibration("corridor", make.noon, (99.0,))
    assert store.calibration("hall") == Calibration("hall", make.noon, (201.25, 64.0))
    later = make.noon + timedelta(days=3, microseconds=1)
    store.keep_calibration("hall", later, (1 / 3,))
    assert store.calibration("hall") == Calibration("hall", later, (1 / 3,))
    assert store.forget_calibration("hall")
    assert not store.forget_calibration("hall")
    assert store.calibration("hall") is None
    assert store.calibration("corridor") is not None


def test_a_moment_needs_its_zone(store, make):
    with pytest.raises(ValueError, match="zone"):
        store.keep_calibration("hall", make.noon.replace(tzinfo=None), (1.0,))
    assert store.calibration("hall") is None
