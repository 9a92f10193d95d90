import numpy as np
import pandas as pd
import pytest

from labels import forward_returns, sign_labels, trailing_returns

DAY = 86_400_000
SESSION = 23_400_000


def bars(closes, opens=None, factors=None, symbol="X"):
    size = len(closes)
    return pd.DataFrame(
        {
            "symbol": symbol,
            "ts": np.arange(size) * DAY,
            "ts_open": np.arange(size) * DAY - SESSION,
            "open": np.array(opens if opens is not None else closes, dtype=float),
            "close": np.array(closes, dtype=float),
            "split_factor": np.array(factors if factors is not None else np.ones(size), dtype=float),
        }
    )


def test_enters_at_the_open_of_the_next_bar_and_leaves_at_the_close_of_the_bar_at_the_horizon():
    # Every price is of another size, so that an entry or exit one bar off gives another number.
    table = bars(closes=[10, 20, 40, 80, 160], opens=[1, 2, 4, 8, 16])
    labels = forward_returns(table, 3)
    assert labels["forward_return"].tolist() == [80 / 2 - 1, 160 / 4 - 1]
    assert labels["entry_ts"].tolist() == [DAY - SESSION, 2 * DAY - SESSION]
    assert labels["exit_ts"].tolist() == [3 * DAY, 4 * DAY]


def test_a_row_without_a_bar_at_the_horizon_has_no_label():
    assert len(forward_returns(bars([1, 2, 3]), 3)) == 0
    assert len(forward_returns(bars([1, 2, 3, 4]), 3)) == 1


def test_a_horizon_of_one_bar_is_from_open_to_close_of_the_next_bar():
    assert forward_returns(bars([5, 6], opens=[5, 4]), 1)["forward_return"].tolist() == [6 / 4 - 1]


@pytest.mark.parametrize("split_bar", range(6))
def test_a_split_changes_no_label_wherever_it_falls(split_bar):
    closes, opens = np.array([100.0, 104, 96, 108, 112, 120]), np.array([99.0, 101, 103, 97, 109, 113])
    plain = forward_returns(bars(closes, opens), 3)
    unit = np.where(np.arange(6) >= split_bar, 2.0, 1.0)
    factors = np.where(np.arange(6) == split_bar, 2.0, 1.0)
    split = forward_returns(bars(closes / unit, opens / unit, factors), 3)
    assert np.allclose(split["forward_return"], plain["forward_return"], rtol=0, atol=1e-15)


def test_two_splits_in_one_interval_multiply():
    labels = forward_returns(bars([60, 60, 30, 10], factors=[1, 1, 2, 3]), 3)
    assert labels["forward_return"].tolist() == [0.0]


def test_symbols_do_not_run_into_each_other():
    both = pd.concat([bars([1, 2, 3], symbol="A"), bars([10, 5, 1], symbol="B")])
    assert forward_returns(both, 2).groupby("symbol")["forward_return"].first().tolist() == [3 / 2 - 1, 1 / 5 - 1]


def test_a_return_of_exactly_the_threshold_is_not_up():
    assert sign_labels(pd.Series([-0.1, 0.0, 1e-12]), 0).tolist() == [0, 0, 1]


def test_the_trailing_return_is_adjusted_for_splits():
    assert trailing_returns(bars([100, 50, 75], factors=[1, 2, 1]), 2)["trailing_return"].tolist() == [0.5]


def test_bars_out_of_order_are_refused():
    with pytest.raises(ValueError, match="not in order of time"):
        forward_returns(bars([1, 2, 3]).iloc[::-1], 1)


def test_a_bar_that_does_not_open_before_it_closes_is_refused():
    table = bars([1, 2, 3])
    with pytest.raises(ValueError, match="a bar of X does not open before it closes"):
        forward_returns(table.assign(ts_open=table["ts"]), 1)
