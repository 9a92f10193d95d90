import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { processorNames } from '../../../topics/topics.ts'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { startAgain } from './start-again.ts'

const pollMs = 200
const brokerEndsWithinMs = 120_000

/** Lets no file of a process grow beyond so many bytes: its writes then fail, as on a full disk. Linux has the tool for it. */
async function limitFiles(pid: number, bytes: number): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
}

function largestLog(dir: string): number {
  const sizes = readdirSync(dir, { recursive: true, encoding: 'utf8' }).flatMap((name) =>
    name.endsWith('.log') ? [statSync(join(dir, name)).size] : [],
  )
  return Math.max(0, ...sizes)
}

/** The broker cannot write on: the batch under way is torn in its file. A broker without a folder to write to ends by itself. */
async function brokerDiskFull(world: World, choice: Choice): Promise<Happening> {
  const { kafka, dataDir } = world.stack
  const before = kafka.pid
  if (before === undefined) return { happened: false, evidence: 'the broker does not run', struck: [] }
  const room = choice.between(1, 300)
  await limitFiles(before, largestLog(join(dataDir, 'kafka', 'log')) + room)
  const deadline = performance.now() + brokerEndsWithinMs
  while (kafka.pid === before && performance.now() < deadline) await sleep(pollMs)
  const ended = kafka.pid === undefined
  await kafka.kill()
  await sleep(choice.between(500, 4_000))
  await startAgain(kafka)
  const evidence = `room for ${room} bytes was left; the broker ${ended ? 'ended by itself' : 'went on'}, and found room again`
  return { happened: ended && kafka.pid !== before, evidence, struck: processorNames }
}

/** Disks that are full, for a while. */
export const disks: readonly FaultKind[] = [
  { name: 'broker-disk-full', rows: [33], invariants: ['R', 'L', 'D'], weight: 1, inject: brokerDiskFull },
]
