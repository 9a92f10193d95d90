import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { lockDataDir } from '../../local/data-dir-lock.ts'
import { logTail } from '../../local/log-file.ts'
import { rememberedPorts } from '../../local/ports.ts'
import { identify, isAlive } from '../../local/process-identity.ts'
import { startStack } from '../../local/stack.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'barline-data-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('the lock', () => {
  test('refuses a second owner and names the first', async () => {
    const lock = await lockDataDir(dir)
    await expect(lockDataDir(dir)).rejects.toMatchObject({ code: 'data-dir-locked', pid: process.pid })
    lock.release()
    ;(await lockDataDir(dir)).release()
    expect(readdirSync(dir)).toEqual([])
  })

  test('of a process that is gone, or unreadable, is taken over', async () => {
    const owner = { pid: process.pid, startedAt: 'another time' }
    for (const content of [JSON.stringify({ owner, children: [owner] }), 'torn {']) {
      writeFileSync(join(dir, 'stack.lock'), content)
      ;(await lockDataDir(dir)).release()
    }
  })
})

describe('ports', () => {
  test('are remembered, and differ by name', async () => {
    const first = await rememberedPorts(dir).choose('a')
    const again = rememberedPorts(dir)
    expect(await again.choose('a')).toBe(first)
    expect(await again.choose('b')).not.toBe(first)
  })

  test('change when somebody else took them', async () => {
    const port = await rememberedPorts(dir).choose('a')
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    expect(await rememberedPorts(dir).choose('a')).not.toBe(port)
    await new Promise((resolve) => other.close(resolve))
  })
})

test('a process is told from a later one with the same number', () => {
  const self = identify(process.pid)
  expect(isAlive(self)).toBe(true)
  expect(isAlive({ ...self, startedAt: `${self.startedAt}0` })).toBe(false)
})

test('the tail of a log holds this start’s lines only', () => {
  const file = join(dir, 'log')
  writeFileSync(file, 'old\n1\n2\n3\n')
  expect(logTail(file, 2)).toBe('2\n3')
  expect(logTail(file, 9, 4)).toBe('1\n2\n3')
  expect(logTail(join(dir, 'none'), 9)).toBe('')
})

test('a path that the servers would misread is refused', async () => {
  await expect(startStack({ dataDir: join(dir, 'a,b') })).rejects.toMatchObject({ code: 'data-dir-unusable' })
})
