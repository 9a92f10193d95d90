import { expect, test } from '@jest/globals'
import { createProcessMetrics } from '../../serve/process-metrics.ts'

/** The value of a metric in the text format of Prometheus. */
function told(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

test('a process tells its memory as it is when it is asked', async () => {
  const registry = createProcessMetrics()
  await registry.metrics()
  const held = Buffer.alloc(50_000_000, 1)
  expect(told(await registry.metrics(), 'nodejs_external_memory_bytes')).toBeGreaterThan(held.length)
  const text = await registry.metrics()
  expect(told(text, 'process_resident_memory_bytes')).toBeGreaterThan(held.length)
  expect(told(text, 'nodejs_heap_size_used_bytes')).toBeLessThanOrEqual(told(text, 'nodejs_heap_size_total_bytes'))
})

test('a process tells the spaces of its heap, and what it holds open by kind', async () => {
  const registry = createProcessMetrics()
  const timer = setTimeout(() => undefined, 60_000)
  const text = await registry.metrics()
  clearTimeout(timer)
  expect(text).toMatch(/nodejs_heap_space_size_used_bytes\{space="old"\} \d+/)
  expect(text).toMatch(/nodejs_active_resources\{type="Timeout"\} [1-9]/)
})

test('a process tells how many files it has open, where the system has /proc', async () => {
  const open = told(await createProcessMetrics().metrics(), 'process_open_fds')
  expect(process.platform === 'linux' ? open > 2 : Number.isNaN(open)).toBe(true)
})
