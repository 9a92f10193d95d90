import type { DataRecord } from '../processor.ts'
import type { Refusal, RefusalReason } from '../refusal.ts'

/** What a check finds: the record in its type, or why it is refused. */
export type Checked<T> = { readonly taken: T } | { readonly refusal: Refusal }

/** A reason, and a test that words what is wrong where it applies. Rules run in the order of their list; the first one decides. */
export type Rule<T> = readonly [reason: RefusalReason, problem: (subject: T, record: DataRecord) => string | undefined]

/** The first rule that `subject` breaks, if any. */
export function firstBroken<T>(rules: readonly Rule<T>[], subject: T, record: DataRecord): Refusal | undefined {
  for (const [reason, problem] of rules) {
    const message = problem(subject, record)
    if (message !== undefined) return { reason, message }
  }
  return undefined
}

/** The rules that every keyed record comes under before its own. */
export const identityRules: readonly Rule<Readonly<Record<string, unknown>>>[] = [
  [
    'EMPTY_SYMBOL',
    ({ symbol }) =>
      typeof symbol === 'string' && symbol.trim() !== '' ? undefined : `The symbol is ${JSON.stringify(symbol)}`,
  ],
  [
    'KEY_MISMATCH',
    ({ symbol }, { key }) =>
      symbol === key ? undefined : `The key is ${JSON.stringify(key)}, the symbol ${JSON.stringify(symbol)}`,
  ],
]

/** Says which of the named fields is not a finite number, and what it is instead. */
export function notFinite(value: Readonly<Record<string, unknown>>, fields: readonly string[]): string | undefined {
  const bad = fields.find((field) => !Number.isFinite(value[field]))
  return bad === undefined ? undefined : `${bad} is ${String(value[bad])}`
}

/** Says which of the named times lies ahead of the moment the log took the record: no source can know it yet. */
export function aheadOfLog(times: Readonly<Record<string, number>>, appendedAt: number): string | undefined {
  const ahead = Object.entries(times).find(([, time]) => time > appendedAt)
  return ahead && `${ahead[0]} ${iso(ahead[1])} is ahead of the log append time ${iso(appendedAt)}`
}

/** A time in a message. Plain milliseconds where no date can hold it. */
export function iso(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : `${time} ms`
}

/** The refusal of a record that its topic does not carry. */
export function unexpected(topic: string, what: string): Refusal {
  return { reason: 'UNEXPECTED_RECORD', message: `${topic} carries no ${what}` }
}
