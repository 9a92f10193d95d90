/** TA-Lib column of `../shared/golden` -> our column. */
export const GOLDEN_COLUMNS: Readonly<Record<string, string>> = {
  sma_20: 'sma_20.value',
  sma_50: 'sma_50.value',
  sma_200: 'sma_200.value',
  ema_12: 'ema_12.value',
  ema_20: 'ema_20.value',
  ema_26: 'ema_26.value',
  ema_50: 'ema_50.value',
  wma_20: 'wma_20.value',
  dema_20: 'dema_20.value',
  tema_20: 'tema_20.value',
  t3_5: 't3_5.value',
  kama_10: 'kama_10.value',
  rsi_14: 'rsi_14.value',
  cmo_14: 'cmo_14.value',
  macd_12_26_9: 'macd_12_26_9.line',
  macd_signal_12_26_9: 'macd_12_26_9.signal',
  macd_hist_12_26_9: 'macd_12_26_9.hist',
  ppo_ema_12_26: 'ppo_12_26.value',
  roc_10: 'roc_10.value',
  mom_10: 'mom_10.value',
  trix_15: 'trix_15.value',
  stoch_k_14_3_3: 'stoch_k_14_3.value',
  stoch_d_14_3_3: 'stoch_d_14_3_3.value',
  // %D of the fast stochastic is %K of the slow one.
  stochf_d_14_3: 'stoch_k_14_3.value',
  stochrsi_fastk_14_14: 'stochrsi_14.k',
  stochrsi_fastd_14_14_3: 'stochrsi_14.d',
  // %K of the smoothed StochRSI is %D of the one that is not.
  stochrsi_k_14_14_3_3: 'stochrsi_14.d',
  cci_20: 'cci_20.value',
  mfi_14: 'mfi_14.value',
  willr_14: 'williams_r_14.value',
  ultosc_7_14_28: 'ultosc_7_14_28.value',
  bb_upper_20_2: 'bollinger_20_2.upper',
  bb_mid_20_2: 'bollinger_20_2.middle',
  bb_lower_20_2: 'bollinger_20_2.lower',
  true_range: 'true_range.value',
  atr_14: 'atr_14.value',
  natr_14: 'natr_14.value',
  plus_di_14: 'dmi_14.plus_di',
  minus_di_14: 'dmi_14.minus_di',
  adx_14: 'adx_14.value',
  sar_002_02: 'sar_002_020.value',
  obv: 'obv.value',
  ad: 'ad_line.value',
  adosc_3_10: 'adosc_3_10.value',
  range_high_20: 'range_high_20.value',
  range_low_20: 'range_low_20.value',
  vol_sma_20: 'vol_sma_20.value',
}

const otherWindow = 'the catalog has the indicator with another window only'
const noRow = 'no row of the catalog gives it by itself'
const otherRule =
  'the catalog defines its candlestick patterns by shares of range and ATR, not by running averages of bodies'

/** TA-Lib columns without a column of ours, each with the reason. */
export const GOLDEN_WITHOUT_ROW: Readonly<Record<string, string>> = {
  dx_14: noRow,
  stochf_k_14: noRow,
  stochrsi_d_14_14_3_3: noRow,
  ppo_sma_12_26: 'ppo_12_26 is made of exponential averages',
  stddev_20: noRow,
  var_20: noRow,
  ht_trendline: noRow,
  aroon_up_14: otherWindow,
  aroon_down_14: otherWindow,
  aroon_osc_14: otherWindow,
  linearreg_14: otherWindow,
  linearreg_slope_14: otherWindow,
  cdlengulfing: otherRule,
  cdldoji: otherRule,
  cdlhammer: otherRule,
  cdlmorningstar: otherRule,
  cdlshootingstar: otherRule,
}

/** Columns that are equal to the last digit, and one whose noise is divided by noise on nearly flat windows. */
export const GOLDEN_TOLERANCE: Readonly<Record<string, number>> = {
  true_range: 0,
  range_high_20: 0,
  range_low_20: 0,
  mom_10: 0,
  obv: 0,
  cci_20: 1e-4,
}
