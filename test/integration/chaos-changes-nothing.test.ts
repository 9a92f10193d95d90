import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { projectRoot } from '../../catalog/project-root.ts'

/** Kinds that need no server to start again: a minute or two. The whole mix is `npm run chaos`. */
const kinds = [
  'kill-in-transaction',
  'kill-sink-at-insert',
  'end-txn-answer-cut',
  'positions-answer-cut',
  'insert-answer-cut',
  'interleaved-aborts',
]
const faults = kinds.length
const dir = mkdtempSync(join(tmpdir(), 'barline-chaos-'))
const main = join(projectRoot(), 'test', 'chaos', 'main.ts')
const withinMs = 15 * 60_000

let said = ''

beforeAll(async () => {
  const size = ['--seed', '5', '--history', '40', '--sessions', '200', '--dir', dir]
  const how = ['--faults', String(faults), '--only', kinds.join(','), ...size]
  // A run that failed has said why on standard output.
  const ran = await promisify(execFile)(process.execPath, ['--import', 'tsx', main, ...how], {
    timeout: withinMs,
  }).catch((error: Error & { stdout?: string; stderr?: string }) => ({
    stdout: error.stdout ?? error.message,
    stderr: error.stderr ?? '',
  }))
  said = `${ran.stdout}\n${ran.stderr}`
}, withinMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('faults from a seed, under load, lose, double, move and change nothing, in Kafka and in ClickHouse', () => {
  expect(said).toMatch(/^ {2}PASSED in \d+ s with seed 5$/m)
})

test('each of the faults happened, and what it struck recovered', () => {
  const lines = said.split('\n').filter((line) => /^ +\d+\/6 /.test(line))
  expect(lines).toHaveLength(faults)
  for (const line of lines) expect(line).toMatch(/; recovered in [\d.]+ s$/)
})
