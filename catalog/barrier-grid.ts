import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type Calendar, closesBetween, knownRange } from './calendar.ts'
import { utcYearOf } from './calendar-day.ts'
import { CatalogError } from './catalog-error.ts'
import { catalogFile } from './project-root.ts'
import { TIMEFRAMES } from './timeframe.ts'

const FILE = catalogFile('barriers.json')

const barriersFile = z
  .strictObject({
    calendars: z.array(z.string()).min(1),
    timeframes: z.array(z.enum(TIMEFRAMES)).min(1),
    grace_ms: z.int().min(0),
  })
  .transform(({ calendars, timeframes, grace_ms }) => ({ calendars, timeframes, graceMs: grace_ms }))

/** Which closes are barriers, and how long after one its records may still come. */
export type BarrierConfig = z.output<typeof barriersFile>

/**
 * The barrier times, known beforehand: the closes of the configured timeframes in the configured calendars, without repeats. All
 * times are UTC milliseconds. Every method throws {@link CatalogError} `CALENDAR_RANGE` for a time that a calendar does not know.
 */
export interface BarrierGrid {
  /** A barrier T closes on an input once that input has passed T + graceMs. */
  readonly graceMs: number
  /** The newest grid time < tsMs, or undefined when tsMs precedes the grid. B(T) of a row stamped T. */
  newestBefore(tsMs: number): number | undefined
  /** The newest grid time <= tsMs, or undefined when tsMs precedes the grid. */
  newestAtOrBefore(tsMs: number): number | undefined
  /** The oldest grid time >= tsMs, or undefined when the calendars know of none. */
  oldestFrom(tsMs: number): number | undefined
  /** The grid times t with fromExclusiveMs < t <= toInclusiveMs, ascending. */
  between(fromExclusiveMs: number, toInclusiveMs: number): number[]
}

/**
 * Reads `barriers.json` (default: the one of `catalog/`).
 * Throws {@link CatalogError} when it is malformed, and what the file system throws.
 */
export function loadBarrierConfig(file: URL = FILE): BarrierConfig {
  return parseBarrierConfig(readFileSync(file, 'utf8'), 'barriers.json')
}

/** Parses the text of a barriers file; `file` is only named in errors. Throws {@link CatalogError}. */
export function parseBarrierConfig(json: string, file: string): BarrierConfig {
  let stated: unknown
  try {
    stated = JSON.parse(json)
  } catch (error) {
    throw new CatalogError('CATALOG_SYNTAX', { file }, (error as Error).message, error)
  }
  const parsed = barriersFile.safeParse(stated)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const column = issue?.path.join('.') || undefined
  throw new CatalogError('CATALOG_CELL', { file, column }, issue?.message ?? 'malformed', parsed.error)
}

/** The grid of `config`. Throws {@link CatalogError} `CATALOG_REFERENCE` for a calendar that is not among `calendars`. */
export function createBarrierGrid(config: BarrierConfig, calendars: ReadonlyMap<string, Calendar>): BarrierGrid {
  const sources = config.calendars.map((id) => {
    const calendar = calendars.get(id)
    if (calendar !== undefined) return calendar
    const problem = `no calendar ${id}; there are ${[...calendars.keys()].join(', ')}`
    throw new CatalogError('CATALOG_REFERENCE', { file: 'barriers.json', column: 'calendars' }, problem)
  })
  return new YearlyBarrierGrid(config, sources)
}

/** Computes the grid times of a UTC year when they are first needed, then answers by binary search in them. */
class YearlyBarrierGrid implements BarrierGrid {
  readonly graceMs: number
  readonly #config: BarrierConfig
  readonly #calendars: readonly Calendar[]
  readonly #firstMs: number
  readonly #lastMs: number
  readonly #timesOf = new Map<number, Float64Array>()
  // The year last asked for: records come in order of time, so nearly every question is about it.
  #startMs = Number.POSITIVE_INFINITY
  #endMs = Number.NEGATIVE_INFINITY
  #year = 0
  #times: Float64Array = new Float64Array()

  constructor(config: BarrierConfig, calendars: readonly Calendar[]) {
    const ranges = calendars.flatMap((one) => config.timeframes.map((timeframe) => knownRange(one, timeframe)))
    this.graceMs = config.graceMs
    this.#config = config
    this.#calendars = calendars
    this.#firstMs = Math.max(...ranges.map(({ firstMs }) => firstMs))
    this.#lastMs = Math.min(...ranges.map(({ lastMs }) => lastMs))
  }

  newestBefore(tsMs: number): number | undefined {
    this.#goTo(tsMs)
    const upTo = countUpTo(this.#times, tsMs)
    const below = this.#times[upTo - 1] === tsMs ? upTo - 1 : upTo
    return this.#times[below - 1] ?? this.#lastBeforeYear(this.#year)
  }

  newestAtOrBefore(tsMs: number): number | undefined {
    this.#goTo(tsMs)
    return this.#times[countUpTo(this.#times, tsMs) - 1] ?? this.#lastBeforeYear(this.#year)
  }

  oldestFrom(tsMs: number): number | undefined {
    this.#goTo(tsMs)
    const upTo = countUpTo(this.#times, tsMs)
    const from = this.#times[upTo - 1] === tsMs ? upTo - 1 : upTo
    return this.#times[from] ?? this.#firstAfterYear(this.#year)
  }

  between(fromExclusiveMs: number, toInclusiveMs: number): number[] {
    this.#checkRange(fromExclusiveMs)
    this.#checkRange(toInclusiveMs)
    const found: number[] = []
    for (let year = utcYearOf(fromExclusiveMs), last = utcYearOf(toInclusiveMs); year <= last; year++) {
      const times = this.#timesOfYear(year)
      const end = countUpTo(times, toInclusiveMs)
      for (let index = countUpTo(times, fromExclusiveMs); index < end; index++) found.push(times[index] ?? Number.NaN)
    }
    return found
  }

  #goTo(tsMs: number): void {
    if (tsMs >= this.#startMs && tsMs < this.#endMs) return
    this.#checkRange(tsMs)
    const year = utcYearOf(tsMs)
    this.#times = this.#timesOfYear(year)
    this.#year = year
    this.#startMs = Math.max(Date.UTC(year, 0, 1), this.#firstMs)
    this.#endMs = Math.min(Date.UTC(year + 1, 0, 1), this.#lastMs)
  }

  #lastBeforeYear(year: number): number | undefined {
    for (let earlier = year - 1; earlier >= utcYearOf(this.#firstMs); earlier--) {
      const newest = this.#timesOfYear(earlier).at(-1)
      if (newest !== undefined) return newest
    }
    return undefined
  }

  #firstAfterYear(year: number): number | undefined {
    for (let later = year + 1; later <= utcYearOf(this.#lastMs); later++) {
      const oldest = this.#timesOfYear(later)[0]
      if (oldest !== undefined) return oldest
    }
    return undefined
  }

  #timesOfYear(year: number): Float64Array {
    const known = this.#timesOf.get(year)
    if (known !== undefined) return known
    const from = Math.max(Date.UTC(year, 0, 1) - 1, this.#firstMs)
    const to = Math.min(Date.UTC(year + 1, 0, 1) - 1, this.#lastMs)
    const closes = this.#calendars.flatMap((calendar) =>
      this.#config.timeframes.flatMap((timeframe) => closesBetween(calendar, timeframe, from, to)),
    )
    const times = Float64Array.from(new Set(closes)).sort()
    this.#timesOf.set(year, times)
    return times
  }

  #checkRange(tsMs: number): void {
    if (tsMs >= this.#firstMs && tsMs <= this.#lastMs) return
    const known = `${new Date(this.#firstMs).toISOString()}..${new Date(this.#lastMs).toISOString()}`
    const problem = `the barrier grid is known for ${known}, not at ${tsMs} ms`
    throw new CatalogError('CALENDAR_RANGE', { file: 'barriers.json' }, problem)
  }
}

function countUpTo(ascending: Float64Array, bound: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? Number.NaN) <= bound) low = middle + 1
    else high = middle
  }
  return low
}
