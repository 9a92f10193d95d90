import type { DataRecord } from '../processor.ts'
import type { Refusal, RefusalReason } from '../refusal.ts'
import type { IngestSettings } from './settings.ts'
import { MARKET_SYMBOL } from './tape-record.ts'

/** A reason, and a test that words what is wrong where it applies. Rules run in the order of their list; the first one decides. */
export type Rule<T> = readonly [
  reason: RefusalReason,
  problem: (subject: T, record: DataRecord, settings: IngestSettings) => string | undefined,
]

/** A rule on a value of which nothing is known yet. */
export type FormRule = Rule<Readonly<Record<string, unknown>>>

/** The first rule that `subject` breaks, if any. */
export function firstBroken<T>(
  rules: readonly Rule<T>[],
  subject: T,
  record: DataRecord,
  settings: IngestSettings,
): Refusal | undefined {
  for (const [reason, problem] of rules) {
    const message = problem(subject, record, settings)
    if (message !== undefined) return { reason, message }
  }
  return undefined
}

/** The rules of a record whose key is its symbol. */
export const symbolRules: readonly FormRule[] = [
  ['EMPTY_SYMBOL', (value) => emptyText(value, 'symbol')],
  keyedBy('symbol'),
]

/** The rules of a record of one instrument, which the whole market is not. */
export const instrumentRules: readonly FormRule[] = [
  ...symbolRules,
  [
    'SCOPE_MISMATCH',
    ({ symbol }) =>
      symbol === MARKET_SYMBOL ? `The symbol ${MARKET_SYMBOL} is the whole market, which has events only` : undefined,
  ],
]

/** The rule that the record key says the same as a field. */
export function keyedBy(field: string): FormRule {
  const problem: FormRule[1] = (value, { key }) =>
    value[field] === key ? undefined : `The key is ${JSON.stringify(key)}, the ${field} ${JSON.stringify(value[field])}`
  return ['KEY_MISMATCH', problem]
}

/** Says that a field which names something is empty, blank or no text. */
export function emptyText(value: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const text = value[field]
  return typeof text === 'string' && text.trim() !== '' ? undefined : `The ${field} is ${JSON.stringify(text)}`
}

/** Says which of the named fields is not a finite number, and what it is instead. */
export function notFinite(value: Readonly<Record<string, unknown>>, fields: readonly string[]): string | undefined {
  const bad = fields.find((field) => !Number.isFinite(value[field]))
  return bad === undefined ? undefined : `${bad} is ${String(value[bad])}`
}

/** As {@link notFinite}, of fields that may be null. */
export function notFiniteOrNull(
  value: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): string | undefined {
  return notFinite(
    value,
    fields.filter((field) => value[field] !== null),
  )
}

/** Says which of the named prices, where it is not null, is not above zero. */
export function notAboveZero<Field extends string>(
  prices: Readonly<Record<Field, number | null>>,
  fields: readonly Field[],
): string | undefined {
  const bad = fields.find((field) => {
    const price = prices[field]
    return price !== null && !(price > 0)
  })
  return bad && `A price must be above zero: ${bad} is ${prices[bad]}`
}

/** Says that times which have to follow each other do not. Equal times are in order. */
export function notInOrder(times: Readonly<Record<string, number>>): string | undefined {
  const named = Object.entries(times)
  const isBroken = named.some(([, time], index) => time < (named[index - 1]?.[1] ?? time))
  return isBroken ? `Not in order: ${named.map(([name, time]) => `${name} ${iso(time)}`).join(', ')}` : undefined
}

/** Says which of the named times lies ahead of the moment the log took the record: no source can know it yet. */
export function aheadOfLog(times: Readonly<Record<string, number>>, appendedAt: number): string | undefined {
  const ahead = Object.entries(times).find(([, time]) => time > appendedAt)
  return ahead && `${ahead[0]} ${iso(ahead[1])} is ahead of the log append time ${iso(appendedAt)}`
}

/** The rule that a record is not known ahead of the moment the log took it. */
export const notKnownAhead: Rule<{ readonly known_at: number }> = [
  'FUTURE_TIME',
  ({ known_at }, { timestamp }) => aheadOfLog({ known_at }, timestamp),
]

/** A time in a message. Plain milliseconds where no date can hold it. */
export function iso(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : `${time} ms`
}

/** The refusal of a record that its topic does not carry. */
export function unexpected(topic: string, what: string): Refusal {
  return { reason: 'UNEXPECTED_RECORD', message: `${topic} carries no ${what}` }
}
