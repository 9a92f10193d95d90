import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { processorNames } from '../../topics/topics.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { withWorkers } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { pythonWith, requirementsIn } from '../support/python-environment.ts'
import { processed, readTopic } from '../support/topic-contents.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../examples/read_scores.py', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'barline-python-'))
const found = await pythonWith(requirementsIn(script), dir)
if ('missing' in found) {
  process.stderr.write(
    `Tests of ${script} are skipped, since Python with its packages is not to be had: ${found.missing}\n`,
  )
}
const python = 'python' in found ? found.python : ''
const pythonTest = 'python' in found ? test : test.skip
const chain = processorNames.filter((name) => name !== 'sink')

type Score = Readonly<Record<string, unknown>>

let installation: Installation | undefined
/** Scores as our own codec reads them; times as the script prints them. */
let ours: Score[]
let theirs: Score[]

const timeFields = ['ts', 'known_at']

const withTimes = (score: Score): Score =>
  Object.fromEntries(
    Object.entries(score).map(([name, value]) =>
      timeFields.includes(name) ? [name, new Date(Number(value)).toISOString()] : [name, value],
    ),
  )

const byId = (a: Score, b: Score): number => (String(a.score_id) < String(b.score_id) ? -1 : 1)

async function runScript(args: readonly string[] = []): Promise<Score[]> {
  if (!installation) throw new Error('There is no installation')
  const { addresses, config } = installation
  const { stdout } = await run(
    python,
    [
      script,
      ...['--brokers', addresses.brokers.join(',')],
      ...['--registry', addresses.registryUrl],
      ...['--topic', `${config.topicPrefix}scores`],
      ...['--timeout', '60'],
      ...args,
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  )
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Score)
}

beforeAll(async () => {
  if (!python) return
  installation = await openInstallation('python')
  const made = installation
  await withWorkers(
    made,
    chain.map((name) => [name]),
    async (_workers, failure) => {
      await made.load(shippedSpan(made.dir, '2000-03-01', '2001-06-01'))
      await processed(made, chain, failure)
    },
  )
  const records = (await readTopic(made, 'scores')).flat()
  ours = records.flatMap(({ input }) => (input?.kind === 'data' ? [withTimes(input.value)] : []))
  theirs = await runScript()
}, openWithinMs + 120_000)

afterAll(async () => {
  await installation?.close()
  rmSync(dir, { recursive: true, force: true })
})

pythonTest('a consumer in Python reads every committed score, with the values that were written', () => {
  expect(ours.length).toBeGreaterThan(100)
  expect(ours.some(({ status }) => status === 'ok')).toBe(true)
  expect(JSON.parse(JSON.stringify([...theirs].sort(byId)))).toEqual(JSON.parse(JSON.stringify([...ours].sort(byId))))
})

pythonTest(
  'it stops after as many records as it is asked for',
  async () => {
    expect(await runScript(['--max', '3'])).toHaveLength(3)
  },
  60_000,
)
