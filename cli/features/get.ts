import type { FeatureValue, SymbolAnswer } from '../../serve/features/answer.ts'
import { featuresJson } from '../../serve/features/http/answer-json.ts'
import type { Config } from '../config.ts'
import { textTable } from '../text-table.ts'
import { withFeatureService } from './open.ts'
import { parseTime } from './parse-time.ts'

/** How `barline features get` was asked. */
export type GetCommand = {
  readonly symbols: readonly string[]
  readonly asOf?: string
  readonly pack: string
  readonly timeframe: string
  readonly maxAgeBars?: number
  readonly zones?: boolean
  readonly json?: boolean
}

/** `barline features get`: prints a line for each feature and a column for each symbol, or the answer as JSON. */
export async function runGet(config: Config, command: GetCommand): Promise<void> {
  const { symbols, asOf, pack: packId, timeframe: timeHorizon, maxAgeBars, zones } = command
  const request = {
    symbols,
    asOf: asOf === undefined ? undefined : parseTime(asOf, '--as-of'),
    packId,
    timeHorizon,
    maxAgeBars,
    zones,
  }
  const answer = await withFeatureService(config, 2, (service) => service.getFeatures(request))
  if (command.json) {
    process.stdout.write(featuresJson(answer))
    return
  }
  const columns = answer.symbols.map((each) => ({ symbol: symbolOf(each), cells: cellsOf(each, answer.features) }))
  const head = ['status', 'ts', 'known at', 'age in bars', 'fill rate']
  const hasValues = answer.symbols.some(({ status }) => status === 'ok')
  const names = hasValues ? [...head, ...answer.features] : head
  const lines = names.map((name, at) => ({
    feature: name,
    ...Object.fromEntries(columns.map(({ symbol, cells }) => [symbol, cells[at] ?? ''])),
  }))
  process.stdout.write(`${textTable(lines)}\n`)
  if (zones) process.stdout.write(`\n${textTable(answer.symbols.flatMap(zoneLines))}\n`)
}

function zoneLines(each: SymbolAnswer): Record<string, string>[] {
  if (each.status !== 'ok') return []
  const date = (ms: number) => new Date(ms).toISOString()
  return (each.row.zones ?? []).map((zone) => ({
    symbol: each.row.symbol,
    zone: String(zone.id),
    type: zone.type,
    low: valueText(zone.low),
    high: valueText(zone.high),
    strength: valueText(zone.strength),
    touches: String(zone.touches),
    'first touch': date(zone.first_touch),
    'last touch': date(zone.last_touch),
  }))
}

const symbolOf = (each: SymbolAnswer): string => (each.status === 'ok' ? each.row.symbol : each.symbol)

function cellsOf(each: SymbolAnswer, features: readonly string[]): string[] {
  if (each.status === 'no_row') return ['no row by then']
  const { ts, known_at: knownAt } = each.status === 'ok' ? each.row : each
  const head = [
    each.status,
    new Date(ts).toISOString(),
    new Date(knownAt).toISOString(),
    String(each.age.age_bars ?? ''),
  ]
  if (each.status === 'stale') return head
  const { row } = each
  const cells = features.map((id, at) => {
    const state = row.states[id]
    const text = state === undefined ? valueText(row.values[at] ?? null) : `${state.code} ${state.label ?? ''}`
    return row.imputed.includes(id) ? `${text} (imputed)` : text
  })
  return [...head, valueText(row.quality.fill_rate), ...cells]
}

/** A value for people: numbers to seven digits, which is what a float32 has. */
function valueText(value: FeatureValue): string {
  if (value === null) return '-'
  if (typeof value === 'number') return String(Number(value.toPrecision(7)))
  return typeof value === 'boolean' ? String(value) : `[${value.map(valueText).join(' ')}]`
}
