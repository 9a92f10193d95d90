import { readdirSync } from 'node:fs'
import { getHeapSpaceStatistics } from 'node:v8'
import { Gauge, Registry } from 'prom-client'

const memoryGauges = [
  { name: 'process_resident_memory_bytes', help: 'Memory of the process', of: 'rss' },
  { name: 'nodejs_heap_size_total_bytes', help: 'Memory that the heap of V8 has taken', of: 'heapTotal' },
  { name: 'nodejs_heap_size_used_bytes', help: 'Memory in use on the heap of V8', of: 'heapUsed' },
  { name: 'nodejs_external_memory_bytes', help: 'Memory of buffers outside of the heap', of: 'external' },
] as const

/**
 * Memory (bytes), handles and file descriptors of this process, under the names that dashboards for Node know. They are read when
 * they are asked for and cost nothing in between. `process_open_fds` is left out where the system has no `/proc`.
 */
export function createProcessMetrics(): Registry {
  const registry = new Registry()
  const registers = [registry]
  for (const { name, help, of } of memoryGauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(process.memoryUsage()[of])
      },
    })
  }
  new Gauge({
    name: 'nodejs_heap_space_size_used_bytes',
    help: 'Memory in use in each space of the heap of V8',
    labelNames: ['space'],
    registers,
    collect() {
      for (const { space_name, space_used_size } of getHeapSpaceStatistics()) {
        this.set({ space: space_name.replace(/_space$/, '') }, space_used_size)
      }
    },
  })
  new Gauge({
    name: 'nodejs_active_resources',
    help: 'Sockets, timers and the like that keep the process running, by kind',
    labelNames: ['type'],
    registers,
    collect() {
      this.reset()
      for (const type of process.getActiveResourcesInfo()) this.inc({ type })
    },
  })
  if (process.platform === 'linux') {
    new Gauge({
      name: 'process_open_fds',
      help: 'Open file descriptors',
      registers,
      collect() {
        this.set(readdirSync('/proc/self/fd').length)
      },
    })
  }
  return registry
}
