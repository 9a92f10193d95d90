import type { WorkerProcess } from '../cli/worker-processes.ts'
import { metricsOf, sumOf } from './sample-process.ts'

/** What a processor has done since its start: transactions, records taken in them, and seconds from the first record to the commit. */
type Counts = {
  readonly processor: string
  readonly commits: number
  readonly records: number
  readonly seconds: number
}

/** Asks every processor of these processes what it has done so far. */
export async function readCommits(workers: readonly WorkerProcess[]): Promise<Counts[]> {
  const counts = await Promise.all(
    workers.map(async (worker) => {
      const { port } = await worker.event('started')
      const text = await metricsOf(Number(port))
      return worker.processors.map((processor) => {
        const of = (name: string) => sumOf(text, name, `processor="${processor}"`)
        const [commits, seconds] = [of('barline_chunk_seconds_count'), of('barline_chunk_seconds_sum')]
        return { processor, commits, records: of('barline_records_taken_total'), seconds }
      })
    }),
  )
  return counts.flat()
}

/** A line a processor of what it did between two looks, so many seconds apart. */
export function commitTable(before: readonly Counts[], after: readonly Counts[], seconds: number) {
  return after.map(({ processor, ...now }, index) => {
    const then = before[index] ?? { commits: 0, records: 0, seconds: 0 }
    const commits = now.commits - then.commits
    return {
      processor,
      'commits/s': Math.round(commits / seconds),
      'records a commit': Math.round((now.records - then.records) / Math.max(1, commits)),
      'ms from taking to committed': Math.round((1_000 * (now.seconds - then.seconds)) / Math.max(1, commits)),
    }
  })
}
