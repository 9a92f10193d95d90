import { textTable } from '../cli/text-table.ts'
import { print } from './open-bench.ts'
import type { ProcessSample } from './sample-process.ts'
import { slopeOf } from './slope.ts'
import { textPlot } from './text-plot.ts'

/** All processes at one moment, and how many records each processor is behind. */
export type Sample = {
  readonly minute: number
  readonly processes: ReadonlyMap<string, ProcessSample>
  readonly lags: ReadonlyMap<string, number>
}

/** ClickHouse's absence: minutes of the run, and seconds from its return to a lag as it was before. */
export type Absence = {
  readonly from: number
  readonly to: number
  readonly caughtUpS: number
  readonly mostBehind: number
}

const quantities = [
  { of: 'rss', name: 'RSS MB' },
  { of: 'heapUsed', name: 'heap used MB' },
  { of: 'oldSpace', name: 'old space MB' },
  { of: 'external', name: 'buffers MB' },
  { of: 'descriptors', name: 'file descriptors' },
  { of: 'resources', name: 'handles' },
] as const satisfies readonly { of: keyof ProcessSample; name: string }[]

/** What V8 and the allocator took to catch up they give back little by little, if at all: that is a step and no slope. */
const calmAfterMinutes = 2

/**
 * A line a process and quantity: where it began and ended, its peak while ClickHouse was away, and its slope: of all samples after the
 * warm-up, of those before ClickHouse went, and of those since its rows were caught up with.
 */
function slopeTable(samples: readonly Sample[], names: readonly string[], absence: Absence, warmupMinutes: number) {
  const settled = samples.filter(({ minute }) => minute >= warmupMinutes)
  const away = samples.filter(({ minute }) => minute >= absence.from && minute <= absence.to)
  const before = settled.filter(({ minute }) => minute < absence.from)
  const caughtUp = absence.to + absence.caughtUpS / 60 + calmAfterMinutes
  const after = settled.filter(({ minute }) => minute >= caughtUp)
  return names.flatMap((name) =>
    quantities.map(({ of, name: quantity }) => {
      const valuesOf = (some: readonly Sample[]) => some.map(({ processes }) => processes.get(name)?.[of] ?? Number.NaN)
      const values = valuesOf(settled)
      const over = (some: readonly Sample[]) => {
        const each = valuesOf(some)
        return slopeOf(some.map(({ minute }, index) => ({ x: minute / 60, y: each[index] ?? Number.NaN })))
      }
      const slope = over(settled)
      return {
        process: name,
        quantity,
        'after warm-up': Math.round(values[0] ?? Number.NaN),
        mean: Math.round(slope.mean),
        'peak, ClickHouse away': Math.round(Math.max(...valuesOf(away))),
        peak: Math.round(Math.max(...valuesOf(samples))),
        'at the end': Math.round(values.at(-1) ?? Number.NaN),
        'slope an hour': worded(slope),
        before: worded(over(before)),
        'after it': worded(over(after)),
      }
    }),
  )
}

const worded = ({ perX, uncertainty }: ReturnType<typeof slopeOf>) => `${perX.toFixed(1)} ± ${uncertainty.toFixed(1)}`

function plotOf(samples: readonly Sample[], names: readonly string[], { from, to }: Absence): string {
  const lines = names.map((name, index) => ({
    letter: String.fromCharCode(65 + index),
    points: samples.map(({ minute, processes }) => ({ x: minute, y: processes.get(name)?.rss ?? 0 })),
  }))
  const legend = names.map((name, index) => `${lines[index]?.letter} ${name}`).join(', ')
  return `RSS in MB (${legend}; = while ClickHouse was away)\n${textPlot(lines, [from, to])}`
}

/** Prints slopes, peaks, a plot, CPU and lags. The slope is that of all samples behind the warm-up, ClickHouse's absence included. */
export function printSoakReport(samples: readonly Sample[], absence: Absence, warmupMinutes: number): void {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last) throw new RangeError('No samples were taken')
  const names = [...first.processes.keys()]
  const { from, to, caughtUpS, mostBehind } = absence
  print(
    `ClickHouse was away from minute ${from.toFixed(1)} to ${to.toFixed(1)}: the sink was ${mostBehind} records behind, ` +
      `and had caught up ${caughtUpS.toFixed(0)} s after its return`,
  )
  print(`\n${textTable(slopeTable(samples, names, absence, warmupMinutes))}`)
  print(`\n${plotOf(samples, names, absence)}`)
  const cpu = names.map((name) => {
    const used = (last.processes.get(name)?.cpuSeconds ?? 0) - (first.processes.get(name)?.cpuSeconds ?? 0)
    return `${name} ${((100 * used) / (60 * (last.minute - first.minute))).toFixed(0)} %`
  })
  print(`\nCPU of a core: ${cpu.join(', ')}`)
  const most = (some: readonly Sample[], name: string) => Math.max(...some.map(({ lags }) => lags.get(name) ?? 0))
  const before = samples.filter(({ minute }) => minute < from)
  const lags = [...first.lags.keys()].map((name) => `${name} ${most(before, name)}/${most(samples, name)}`)
  print(`most records behind, before ClickHouse went and at all: ${lags.join(', ')}`)
}
