import { parseTime } from '../parse-time.ts'
import type { ReplayRequest } from './plan.ts'
import { ReplayRefusedError } from './replay-error.ts'

/** What `barline replay` is asked for, as text. */
export type ReplayCommand = {
  readonly into: string
  readonly from?: string
  readonly to?: string
  readonly symbols?: string
  readonly speed: string
  readonly workers: string
  readonly batch?: string
  readonly tables?: boolean
  readonly clean?: boolean
  readonly list?: boolean
}

/** The same, understood. `barsPerSecond`: undefined = as fast as it goes; `batch`: undefined = as in the chain. */
export type ReplayOptions = {
  readonly request: ReplayRequest
  readonly barsPerSecond: number | undefined
  readonly workers: number
  readonly batch: number | undefined
}

/** Reads the options. Throws `ReplayRefusedError` or RangeError naming the option that cannot be. */
export function parseOptions(command: ReplayCommand): ReplayOptions {
  return {
    request: requestOf(command),
    barsPerSecond: speedOf(command.speed),
    workers: countOf(command.workers, '--workers'),
    batch: command.batch === undefined ? undefined : countOf(command.batch, '--batch'),
  }
}

function requestOf({ into, from, to, symbols, tables = true }: ReplayCommand): ReplayRequest {
  const fromTs = from === undefined ? null : parseTime(from, '--from')
  const toTs = to === undefined ? null : parseTime(to, '--to')
  if (fromTs !== null && toTs !== null && fromTs > toTs) throw new ReplayRefusedError('--from is after --to')
  const named = (symbols ?? '').split(',').map((symbol) => symbol.trim())
  return { name: into, fromTs, toTs, symbols: named.filter((symbol) => symbol !== ''), hasTables: tables }
}

function speedOf(text: string): number | undefined {
  if (text === 'max') return undefined
  const speed = Number(/^(\d+(?:\.\d+)?)(?: ?bars\/s)?$/.exec(text)?.[1])
  if (speed > 0) return speed
  throw new ReplayRefusedError(`--speed is max or bars a second, for example 500, not ${JSON.stringify(text)}`)
}

function countOf(text: string, option: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1) return count
  throw new ReplayRefusedError(`${option} is a number of 1 or more, not ${JSON.stringify(text)}`)
}
