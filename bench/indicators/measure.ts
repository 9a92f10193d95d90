/** Best and median nanoseconds a bar. */
export type Timing = { readonly best: number; readonly median: number }

/** Something to measure: does its work on the next `count` bars. */
export type Workload = (count: number) => void

/** Bars of a slice: long against the resolution of the clock (1 us) and short against what else runs on the core. */
const SLICE = 2000

/**
 * Times workloads in turn, slice by slice, so that other load on the machine meets all of them alike; by CPU time of this process.
 * The first `warmup` bars of each, when the compiler is still at work, do not count.
 */
export function timeInTurn<Name extends string>(
  workloads: Readonly<Record<Name, Workload>>,
  { slices = 400, warmup = 30_000 } = {},
): Readonly<Record<Name, Timing>> {
  const entries = Object.entries<Workload>(workloads) as [Name, Workload][]
  for (const [, run] of entries) for (let bars = 0; bars < warmup; bars += SLICE) run(SLICE)
  const times = new Map<Name, number[]>(entries.map(([name]) => [name, []]))
  for (let slice = 0; slice < slices; slice += 1) {
    for (const [name, run] of entries) times.get(name)?.push(nanosecondsPerBar(run, SLICE))
  }
  return Object.fromEntries(entries.map(([name]) => [name, timingOf(times.get(name) ?? [])])) as Record<Name, Timing>
}

export function nanosecondsPerBar(run: Workload, bars: number): number {
  const started = process.cpuUsage()
  run(bars)
  const { user, system } = process.cpuUsage(started)
  return ((user + system) * 1000) / bars
}

export function timingOf(times: readonly number[]): Timing {
  const sorted = times.toSorted((a, b) => a - b)
  return { best: sorted[0] ?? Number.NaN, median: sorted[sorted.length >> 1] ?? Number.NaN }
}

/** Nanoseconds of one addition that waits for the one before it: three or four cycles, so a measure of the core's speed right now. */
export function timeOfAddition(): Timing {
  const values = new Float64Array(4096).fill(1.000_000_1)
  let total = 0
  const add: Workload = (count) => {
    for (let done = 0; done < count; done += values.length) total += sumOf(values)
  }
  const times = Array.from({ length: 200 }, () => nanosecondsPerBar(add, 65_536))
  if (total === 0) throw new Error('nothing was added')
  return timingOf(times)
}

function sumOf(values: Float64Array): number {
  let sum = 0
  for (let place = 0; place < values.length; place += 1) sum += values[place] ?? Number.NaN
  return sum
}
