import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'

/** The text of the feature schema in the tree. */
export const wholeFeatureText = readFileSync(
  new URL('../../catalog/indicator_feature_schema_v1.csv', import.meta.url),
  'utf8',
)

const SOME =
  `sma_20_value sma_50_value ema_12_value ema_26_value ema_50_value range_high_20_value range_low_20_value mom_10_value
  atr_14_value macd_12_26_9_line_value macd_12_26_9_signal_value macd_12_26_9_hist_value volume_value vol_sma_20_value obv_value
  price_location_20_value rsi_14_value roc_10_value realized_vol_20_value candle_body_pct_value upper_wick_pct_value
  lower_wick_pct_value close_pos_pct_value dd_trailing_20_value stoch_k_14_3_value stoch_d_14_3_3_value macd_12_26_9_hist_atr_value
  sma_20_dist_atr_value sma_50_dist_atr_value ema_50_dist_atr_value range_high_20_dist_atr_value range_low_20_dist_atr_value
  obv_slope_z_value rsi_14_state rsi_14_cross_oversold_event rsi_14_cross_overbought_event`.split(/\s+/)

/** The rows of 36 features of 25 indicators, in the order of the schema: enough for what a test says of any feature, and quick. */
export const featureText = someFeatures()

function someFeatures(): string {
  const [header, ...lines] = wholeFeatureText.split('\n')
  return [header, ...lines.filter((line) => SOME.includes(line.split(',')[1] ?? '')), ''].join('\n')
}

/** The text of a schema with some cells of one row replaced. */
export function editFeatures(id: string, cells: Readonly<Record<string, string>>, text: string = featureText): string {
  const [header = [], ...rows]: string[][] = parse(text)
  const row = rows.find((one) => one[1] === id)
  if (row === undefined) throw new Error(`no feature ${id}`)
  for (const [column, cell] of Object.entries(cells)) row[header.indexOf(column)] = cell
  return toCsv([header, ...rows])
}

/** The text of a schema with a copy of one row at its end, some cells of it replaced. */
export function appendFeature(id: string, cells: Readonly<Record<string, string>>, text: string = featureText): string {
  const [header = [], ...rows]: string[][] = parse(text)
  const copy = [...(rows.find((one) => one[1] === id) ?? [])]
  for (const [column, cell] of Object.entries(cells)) copy[header.indexOf(column)] = cell
  return toCsv([header, ...rows, copy])
}

function toCsv(rows: readonly (readonly string[])[]): string {
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`
  return `${rows.map((row) => row.map((cell) => (/[",\n]/.test(cell) ? quote(cell) : cell)).join(',')).join('\n')}\n`
}
