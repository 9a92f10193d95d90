import type { AnswerRow, FeaturesAnswer, HistoryAnswer, SymbolAnswer } from '../answer.ts'

const rows = new WeakMap<AnswerRow, Buffer>()
const comma = Buffer.from(',')

/** The answer as JSON. Numbers have as many digits as tell them from their neighbours, and -0 keeps its sign. */
export function featuresJson({ symbols, ...head }: FeaturesAnswer): Buffer {
  return withList(head, 'symbols', symbols.map(symbolJson))
}

/** The answer as JSON. */
export function historyJson({ rows: found, ...head }: HistoryAnswer): Buffer {
  return withList(
    head,
    'rows',
    found.map((row) => [rowJson(row)]),
  )
}

function withList(head: object, name: string, items: readonly (readonly Buffer[])[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`${JSON.stringify(head).slice(0, -1)},${JSON.stringify(name)}:[`)]
  for (const [at, item] of items.entries()) {
    if (at > 0) parts.push(comma)
    parts.push(...item)
  }
  parts.push(Buffer.from(']}\n'))
  return Buffer.concat(parts)
}

function symbolJson(answer: SymbolAnswer): Buffer[] {
  if (answer.status !== 'ok') return [Buffer.from(JSON.stringify(answer))]
  const { age_ms: ms, age_bars: bars, is_final: isFinal } = answer.age
  const age = `,"age":{"age_ms":${ms},"age_bars":${bars},"is_final":${isFinal}}}`
  return [rowStart, rowJson(answer.row), Buffer.from(age)]
}

const rowStart = Buffer.from('{"status":"ok","row":')

/** Most of an answer are rows that were asked for before, so their bytes are kept as long as the row is. */
function rowJson(row: AnswerRow): Buffer {
  const known = rows.get(row)
  if (known !== undefined) return known
  const { values, ...rest } = row
  const text = `${JSON.stringify(rest).slice(0, -1)},"values":[${values.map(valueJson).join(',')}]}`
  const fresh = Buffer.from(text)
  rows.set(row, fresh)
  return fresh
}

function valueJson(value: AnswerRow['values'][number]): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  return Array.isArray(value) ? `[${value.map(valueJson).join(',')}]` : String(value)
}
