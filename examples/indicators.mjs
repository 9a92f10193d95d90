// Indicators of bars that come one by one, without Kafka: node examples/indicators.mjs data/us-equity_1d.csv.gz AAPL
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { createEngine } from 'barline'

const [file = 'data/us-equity_1d.csv.gz', symbol = 'AAPL'] = process.argv.slice(2)
const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split(/\r?\n/)
const bars = lines
  .map((line) => line.split(','))
  .filter(([name]) => name === symbol)
  .map(([, , date, open, high, low, close, volume]) => {
    return { date: date.slice(0, 10), open: +open, high: +high, low: +low, close: +close, volume: +volume }
  })

// Prices are as they were traded, so the past has to be told of each split (new shares per old) before its first bar.
const splits = { 'AAPL 2000-06-21': 2, 'AAPL 2005-02-28': 2, 'MSFT 2003-02-18': 2 }

const engine = createEngine({ timeframe: '1d', indicators: ['rsi_14', 'atr_14', 'trend_state_v1'] })
let values
for (const bar of bars) {
  const split = splits[`${symbol} ${bar.date}`]
  if (split !== undefined) engine.split(split)
  values = engine.push(bar)
}
const last = bars.at(-1)
console.log(`${symbol} ${last.date}`, values)

// A bar that is still growing: replace it as it changes. What was pushed before stays as it was.
const growing = { open: last.close, high: last.close, low: last.close, close: last.close, volume: 0 }
engine.push(growing)
values = engine.replace({ ...growing, high: last.close * 1.02, close: last.close * 1.01, volume: 1_000_000 })
console.log('while the next bar grows', values)

// The state is data: another engine goes on from a copy of it.
const other = createEngine({ timeframe: '1d', indicators: ['rsi_14', 'atr_14', 'trend_state_v1'] })
other.restore(engine.snapshot())
console.log('restored and live agree:', other.push(last)['rsi_14.value'] === engine.push(last)['rsi_14.value'])
