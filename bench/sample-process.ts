import { cpuSecondsOf } from './cpu-seconds.ts'

/** A worker process at one moment; memory is in MB. `resources`: sockets, timers and the like. */
export type ProcessSample = {
  readonly rss: number
  readonly heapUsed: number
  /** The part of the heap that has outlived two collections. */
  readonly oldSpace: number
  readonly external: number
  readonly descriptors: number
  readonly resources: number
  readonly cpuSeconds: number
}

/** Sum of the samples of a metric in the text format of Prometheus, of those whose labels hold `label`. Throws when there are none. */
export function sumOf(text: string, name: string, label = ''): number {
  const lines = text.split('\n').filter((line) => /[{ ]/.test(line.charAt(name.length)) && line.startsWith(name))
  const values = lines
    .filter((line) => line.includes(label))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
  if (values.length === 0) throw new Error(`The worker does not tell ${name} ${label}`)
  return values.reduce((sum, value) => sum + value, 0)
}

/** The metrics of a worker process, in the text format of Prometheus. */
export async function metricsOf(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(10_000) })
  return answer.text()
}

/** Asks a worker process how it is; `port` is that of its metrics. */
export async function sampleProcess({ pid, port }: { pid: number; port: number }): Promise<ProcessSample> {
  const text = await metricsOf(port)
  const megabytes = (name: string, label = '') => sumOf(text, name, label) / 1e6
  return {
    rss: megabytes('process_resident_memory_bytes'),
    heapUsed: megabytes('nodejs_heap_size_used_bytes'),
    oldSpace: megabytes('nodejs_heap_space_size_used_bytes', 'space="old"'),
    external: megabytes('nodejs_external_memory_bytes'),
    descriptors: sumOf(text, 'process_open_fds'),
    resources: sumOf(text, 'nodejs_active_resources'),
    cpuSeconds: cpuSecondsOf(pid),
  }
}
