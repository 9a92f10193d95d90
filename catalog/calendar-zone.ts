import { DAY_MS, type Day } from './calendar-day.ts'

const MINUTE_MS = 60_000

const formats = new Map<string, Intl.DateTimeFormat>()

/** Whether this runtime knows the IANA time zone `zone`. */
export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone)
    return true
  } catch {
    return false
  }
}

/**
 * UTC milliseconds at which clocks in `zone` show `minutes` after midnight of `day`. Minutes may be negative or 1440 and more:
 * wall time of a neighbouring day. A wall time that DST skips or repeats is read with the offset in force before the change.
 */
export function wallTimeMs(zone: string, day: Day, minutes: number): number {
  const wallMs = day * DAY_MS + minutes * MINUTE_MS
  const firstGuess = wallMs - offsetMs(zone, wallMs - DAY_MS)
  const secondGuess = wallMs - offsetMs(zone, firstGuess)
  return secondGuess + offsetMs(zone, secondGuess) === wallMs ? secondGuess : firstGuess
}

type Month = { readonly offset: number | undefined }

// Asking Intl for each session of twenty years took a second at the start of every process that knows the barrier grid.
const months = new Map<string, Month>()

/**
 * How far the clocks of `zone` are ahead of UTC at the instant `ms`, a whole number of seconds. A month that begins and ends
 * with the same offset has it throughout: no zone changes its clocks and back within one.
 */
function offsetMs(zone: string, ms: number): number {
  const at = new Date(ms)
  const key = `${zone}/${at.getUTCFullYear()}/${at.getUTCMonth()}`
  let month = months.get(key)
  if (month === undefined) {
    const startMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)
    const endMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)
    const offset = askedOffsetMs(zone, startMs)
    month = { offset: askedOffsetMs(zone, endMs) === offset ? offset : undefined }
    months.set(key, month)
  }
  return month.offset ?? askedOffsetMs(zone, ms)
}

function askedOffsetMs(zone: string, ms: number): number {
  const shown: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(ms)) shown[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, format)
  return format
}
