/** An indicator of trading-signals: fed candles (all five fields) or one of their fields. */
export type SignalsPeer = {
  readonly feed: 'candle' | 'close' | 'volume'
  create(library: SignalsLibrary): SignalsIndicator
}

export type SignalsIndicator = { add(input: unknown): unknown }

/** Classes of trading-signals by name. */
export type SignalsLibrary = Readonly<Record<string, new (...args: readonly unknown[]) => SignalsIndicator>>

/** Calls of TA-Lib that give a row's values: function, input columns, options. */
export type TalibCall = readonly [name: string, inputs: string, options?: Readonly<Record<string, number>>]

/** What other libraries offer for a catalog row. Seeds and first bars may differ; the work a bar is the same. */
export type Peer = { readonly signals?: SignalsPeer; readonly talib?: readonly TalibCall[] }

const onClose = (name: string, ...args: readonly unknown[]): SignalsPeer => onField('close', name, args)
const onVolume = (name: string, ...args: readonly unknown[]): SignalsPeer => onField('volume', name, args)
const onCandle = (name: string, ...args: readonly unknown[]): SignalsPeer => onField('candle', name, args)

function onField(feed: SignalsPeer['feed'], name: string, args: readonly unknown[]): SignalsPeer {
  return { feed, create: (library) => instantiate(library, name, args) }
}

function instantiate(library: SignalsLibrary, name: string, args: readonly unknown[]): SignalsIndicator {
  const Indicator = library[name]
  if (Indicator === undefined) throw new Error(`This version of trading-signals has no ${name}`)
  return new Indicator(...args)
}

const period = (timeperiod: number) => ({ timeperiod })
const talib = (name: string, inputs: string, options?: Readonly<Record<string, number>>): readonly TalibCall[] => [
  options === undefined ? [name, inputs] : [name, inputs, options],
]

const HLC = 'high low close'

/** Peers by catalog id. */
export const PEERS: Readonly<Record<string, Peer>> = {
  sma_20: { signals: onClose('SMA', 20), talib: talib('SMA', 'close', period(20)) },
  sma_50: { signals: onClose('SMA', 50), talib: talib('SMA', 'close', period(50)) },
  sma_200: { signals: onClose('SMA', 200), talib: talib('SMA', 'close', period(200)) },
  ema_12: { signals: onClose('EMA', 12), talib: talib('EMA', 'close', period(12)) },
  ema_20: { signals: onClose('EMA', 20), talib: talib('EMA', 'close', period(20)) },
  ema_26: { signals: onClose('EMA', 26), talib: talib('EMA', 'close', period(26)) },
  ema_50: { signals: onClose('EMA', 50), talib: talib('EMA', 'close', period(50)) },
  ema_200: { signals: onClose('EMA', 200), talib: talib('EMA', 'close', period(200)) },
  wma_20: { signals: onClose('WMA', 20), talib: talib('WMA', 'close', period(20)) },
  hma_20: { signals: onClose('HMA', 20), talib: talib('HMA', 'close', period(20)) },
  dema_20: { signals: onClose('DEMA', 20), talib: talib('DEMA', 'close', period(20)) },
  tema_20: { signals: onClose('TEMA', 20), talib: talib('TEMA', 'close', period(20)) },
  kama_10: { signals: onClose('KAMA', 10), talib: talib('KAMA', 'close', period(10)) },
  t3_5: { signals: onClose('T3', 5, 0.7), talib: talib('T3', 'close', { timeperiod: 5, vfactor: 0.7 }) },
  vwma_20: { signals: onCandle('VWMA', 20), talib: talib('VWMA', 'close volume', period(20)) },
  macd_12_26_9: {
    signals: {
      feed: 'close',
      create: (library) => {
        const averages = [12, 26, 9].map((length) => instantiate(library, 'EMA', [length]))
        return instantiate(library, 'MACD', averages)
      },
    },
    talib: talib('MACD', 'close', { fastperiod: 12, slowperiod: 26, signalperiod: 9 }),
  },
  ppo_12_26: {
    signals: onClose('PPO', { fastPeriod: 12, slowPeriod: 26 }),
    talib: talib('PPO', 'close', { fastperiod: 12, slowperiod: 26, matype: 1 }),
  },
  adx_14: { signals: onCandle('ADX', 14), talib: talib('ADX', HLC, period(14)) },
  dmi_14: {
    signals: onCandle('DX', 14),
    talib: [
      ['PLUS_DI', HLC, period(14)],
      ['MINUS_DI', HLC, period(14)],
    ],
  },
  aroon_25: {
    signals: onCandle('Aroon', 25),
    talib: [
      ['AROON', 'high low', period(25)],
      ['AROONOSC', 'high low', period(25)],
    ],
  },
  sar_002_020: {
    signals: onCandle('PSAR', { accelerationStep: 0.02, accelerationMax: 0.2 }),
    talib: talib('SAR', 'high low', { acceleration: 0.02, maximum: 0.2 }),
  },
  supertrend_10_3: {
    signals: onCandle('SuperTrend', { interval: 10, multiplier: 3 }),
    talib: talib('SUPERTREND', HLC, { timeperiod: 10, multiplier: 3 }),
  },
  trend_regression_50: {
    signals: onClose('LinearRegression', 50),
    talib: talib('LINEARREG_SLOPE', 'close', period(50)),
  },
  ichimoku_9_26_52: {
    signals: onCandle('IchimokuCloud', { conversionInterval: 9, baseInterval: 26, spanBInterval: 52 }),
  },
  vortex_14: { signals: onCandle('VortexIndicator', 14), talib: talib('VORTEX', HLC, period(14)) },
  chop_14: { signals: onCandle('CHOP', 14) },
  er_10: { signals: onClose('ER', 10), talib: talib('ER', 'close', period(10)) },
  trix_15: { signals: onClose('TRIX', 15), talib: talib('TRIX', 'close', period(15)) },
  price_location_20: { talib: talib('STOCHF', HLC, { fastk_period: 20, fastd_period: 1 }) },
  zscore_20: {
    talib: [
      ['SMA', 'close', period(20)],
      ['STDDEV', 'close', period(20)],
    ],
  },
  pctrank_252: { talib: talib('PERCENTRANK', 'close', period(252)) },
  ret_5: { signals: onClose('ROC', 5), talib: talib('ROCP', 'close', period(5)) },
  ret_20: { signals: onClose('ROC', 20), talib: talib('ROCP', 'close', period(20)) },
  roc_10: { signals: onClose('ROC', 10), talib: talib('ROC', 'close', period(10)) },
  mom_10: { signals: onClose('MOM', 10), talib: talib('MOM', 'close', period(10)) },
  rsi_14: { signals: onClose('RSI', 14), talib: talib('RSI', 'close', period(14)) },
  rsi_2: { signals: onClose('RSI', 2), talib: talib('RSI', 'close', period(2)) },
  stoch_d_14_3_3: {
    signals: onCandle('StochasticOscillator', { kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 }),
    talib: talib('STOCH', HLC, { fastk_period: 14, slowk_period: 3, slowd_period: 3 }),
  },
  stochrsi_14: {
    signals: onClose('StochasticRSI', 14),
    talib: talib('STOCHRSI', 'close', { timeperiod: 14, fastk_period: 14, fastd_period: 3 }),
  },
  cci_20: { signals: onCandle('CCI', 20), talib: talib('CCI', HLC, period(20)) },
  williams_r_14: { signals: onCandle('WilliamsR', 14), talib: talib('WILLR', HLC, period(14)) },
  mfi_14: { signals: onCandle('MFI', 14), talib: talib('MFI', `${HLC} volume`, period(14)) },
  cmo_14: { signals: onClose('CMO', 14), talib: talib('CMO', 'close', period(14)) },
  ultosc_7_14_28: {
    signals: onCandle('UltimateOscillator', { shortPeriod: 7, mediumPeriod: 14, longPeriod: 28 }),
    talib: talib('ULTOSC', HLC, { timeperiod1: 7, timeperiod2: 14, timeperiod3: 28 }),
  },
  bop_1: { talib: talib('BOP', `open ${HLC}`) },
  tsi_25_13: {
    signals: onClose('TSI', { longPeriod: 25, shortPeriod: 13 }),
    talib: talib('TSI', 'close', { firstperiod: 25, secondperiod: 13 }),
  },
  ao_5_34: { signals: onCandle('AO', 5, 34), talib: talib('AO', 'high low', { fastperiod: 5, slowperiod: 34 }) },
  true_range: { signals: onCandle('TR'), talib: talib('TRANGE', HLC) },
  atr_14: { signals: onCandle('ATR', 14), talib: talib('ATR', HLC, period(14)) },
  natr_14: { signals: onCandle('NATR', 14), talib: talib('NATR', HLC, period(14)) },
  rogers_satchell_20: { signals: onCandle('RogersSatchellVolatility', 20) },
  bollinger_20_2: {
    signals: onClose('BollingerBands', 20, 2),
    talib: talib('BBANDS', 'close', { timeperiod: 20, nbdevup: 2, nbdevdn: 2 }),
  },
  bollinger_pb_20_2: { signals: onClose('PercentB', { interval: 20, deviationMultiplier: 2 }) },
  keltner_20_10_15: {
    signals: onCandle('KeltnerChannels', { emaInterval: 20, atrInterval: 10, multiplier: 1.5 }),
    talib: talib('KC', HLC, { timeperiod: 20, atrperiod: 10, nbdev: 1.5 }),
  },
  ulcer_14: { signals: onClose('UlcerIndex', 14) },
  vol_sma_20: { signals: onVolume('SMA', 20), talib: talib('SMA', 'volume', period(20)) },
  rvol_20: { signals: onVolume('RVOL', 20), talib: talib('RVOL', 'volume', period(20)) },
  obv: { signals: onCandle('OBV', 2), talib: talib('OBV', 'close volume') },
  ad_line: { talib: talib('AD', `${HLC} volume`) },
  adosc_3_10: {
    signals: onCandle('ADOSC', { fastPeriod: 3, slowPeriod: 10 }),
    talib: talib('ADOSC', `${HLC} volume`, { fastperiod: 3, slowperiod: 10 }),
  },
  cmf_20: { signals: onCandle('CMF', 20), talib: talib('CMF', `${HLC} volume`, period(20)) },
  efi_13: { signals: onCandle('ForceIndex', 13), talib: talib('EFI', 'close volume', period(13)) },
  vwap_intraday: { signals: onCandle('VWAP'), talib: talib('VWAP', `${HLC} volume`) },
  swing_high_5: {
    signals: onCandle('SwingHigh', { lookback: 2 }),
    talib: talib('FRACTAL', 'high low', { leftbars: 2, rightbars: 2 }),
  },
  swing_low_5: {
    signals: onCandle('SwingLow', { lookback: 2 }),
    talib: talib('FRACTAL', 'high low', { leftbars: 2, rightbars: 2 }),
  },
  range_high_20: { signals: onCandle('DonchianChannels', 20), talib: talib('MAX', 'high', period(20)) },
  range_low_20: { signals: onCandle('DonchianChannels', 20), talib: talib('MIN', 'low', period(20)) },
  range_high_55: { signals: onCandle('DonchianChannels', 55), talib: talib('MAX', 'high', period(55)) },
  range_low_55: { signals: onCandle('DonchianChannels', 55), talib: talib('MIN', 'low', period(55)) },
  dd_trailing_20: { talib: talib('MAX', 'close', period(20)) },
  dd_trailing_252: { talib: talib('MAX', 'close', period(252)) },
  beta_market_60: { talib: talib('BETA', 'open close', period(60)) },
}
