import { describe, expect, test } from '@jest/globals'
import { QueryQueue } from '../../../local/clickhouse/query-queue.ts'

const never = new AbortController().signal

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('QueryQueue', () => {
  test('a write does not wait for a read', async () => {
    const queue = new QueryQueue({ running: { write: 1, read: 1 }, waiting: 10 })
    const { opened, open } = gate()
    const read = queue.run('read', never, () => opened)
    await expect(queue.run('write', never, async () => 'written')).resolves.toBe('written')
    open()
    await read
  })

  test('statements of one lane run in the order in which they came', async () => {
    const queue = new QueryQueue({ running: { write: 1, read: 1 }, waiting: 10 })
    const order: number[] = []
    await Promise.all([1, 2, 3].map((n) => queue.run('write', never, async () => void order.push(n))))
    expect(order).toEqual([1, 2, 3])
  })

  test('one more than may wait is refused with code 202', async () => {
    const queue = new QueryQueue({ running: { write: 1, read: 1 }, waiting: 1 })
    const { opened, open } = gate()
    const first = queue.run('write', never, () => opened)
    const second = queue.run('write', never, async () => 'second')
    await expect(queue.run('write', never, async () => 'third')).rejects.toMatchObject({ code: 202 })
    open()
    await first
    await expect(second).resolves.toBe('second')
  })

  test('a statement whose client leaves while it waits is never run', async () => {
    const queue = new QueryQueue({ running: { write: 1, read: 1 }, waiting: 1 })
    const { opened, open } = gate()
    const first = queue.run('write', never, () => opened)
    const client = new AbortController()
    let ran = false
    const second = queue.run('write', client.signal, async () => {
      ran = true
    })
    client.abort(new Error('left'))
    await expect(second).rejects.toThrow('left')
    expect(queue.waiting).toBe(0)
    open()
    await first
    expect(ran).toBe(false)
  })

  test('a failing statement frees its place', async () => {
    const queue = new QueryQueue({ running: { write: 1, read: 1 }, waiting: 1 })
    await expect(queue.run('write', never, () => Promise.reject(new Error('bad')))).rejects.toThrow('bad')
    await expect(queue.run('write', never, async () => 'good')).resolves.toBe('good')
  })
})
