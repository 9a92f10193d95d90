import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chainInputs } from '../../cli/chain.ts'
import { connectClickHouse, tablesOf } from '../../cli/connect-store.ts'
import { drained } from '../../cli/drain.ts'
import { loadMarket } from '../../cli/market.ts'
import { processorNames } from '../../topics/topics.ts'
import { AlongReader } from './audit/along-reader.ts'
import { type AuditVerdict, auditRun, derivedTopics } from './audit/audit-run.ts'
import { runUndisturbed } from './audit/reference-run.ts'
import type { FaultKind } from './faults/fault-kind.ts'
import { scheduleFaults } from './faults/schedule.ts'
import type { Surprise } from './fleet/fleet.ts'
import { type FaultOutcome, injectFaults } from './inject-faults.ts'
import { type LoadStep, planSteadyLoad } from './load/plan.ts'
import { SteadyLoad } from './load/steady-load.ts'
import { type OpenWorld, openWorld } from './open-world.ts'
import type { World } from './world.ts'

/** How a chaos run is set up. Everything that happens follows from `seed` and `faults`, but for when it happens. */
export type ChaosOptions = {
  readonly dir: string
  readonly seed: number
  readonly faults: number
  readonly kinds: readonly FaultKind[]
  /** After so many minutes no further fault is done. */
  readonly minutes: number
  readonly historySessions: number
  readonly steadySessions: number
  readonly print: (line: string) => void
}

/** What a chaos run came to. */
export type ChaosResult = {
  readonly outcomes: readonly FaultOutcome[]
  readonly verdict: AuditVerdict
  readonly surprises: readonly Surprise[]
  /** How often workers said so: `task-failed FENCED`, `assigned`, … */
  readonly counts: ReadonlyMap<string, number>
  readonly loadSteps: number
  readonly loadRetries: number
  readonly seconds: number
}

const partitions = 2
const sessionTimeoutMs = 4_000
const blockMs = 10_000
const stepIntervalMs = 250
const noiseShare = 0.1
const stallMs = 180_000

function logTo(file: string): World['say'] {
  return (event, details = {}) => {
    appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), event, ...details })}\n`)
  }
}

async function disturb(world: OpenWorld, steps: readonly LoadStep[], options: ChaosOptions) {
  const { config, log, fleet, say } = world
  const { print, kinds, faults, seed, minutes } = options
  const along = new AlongReader(log, derivedTopics, partitions)
  for (const name of processorNames) fleet.start(name)
  const load = new SteadyLoad({
    log,
    steps,
    intervalMs: stepIntervalMs,
    onTrouble: (error) => say('load-trouble', { error: String(error) }),
  })
  for (const name of processorNames) await fleet.nextAssigned(name)
  const tooShort = load.ended.then(() => new Promise<never>(() => undefined))
  const outcomes = await Promise.race([
    injectFaults(
      world,
      scheduleFaults(kinds, faults, seed),
      minutes,
      ({ number, name, recoveryMs, trouble, happening }) => {
        const how =
          trouble === undefined ? `recovered in ${((recoveryMs ?? 0) / 1000).toFixed(1)} s` : `TROUBLE: ${trouble}`
        print(`${String(number).padStart(4)}/${faults} ${name}: ${happening.evidence}; ${how}`)
      },
    ),
    tooShort,
  ])
  const loadSteps = await load.end()
  print(`the load ended after ${loadSteps} steps; waiting for the chain`)
  await drained({ log, definitions: chainInputs(), partitions: config.partitions, stallMs })
  const surprises = [...fleet.surprises]
  await fleet.stop()
  return { along, outcomes, surprises, loadSteps, loadRetries: load.retries }
}

/**
 * Runs the whole chain as processes under a steady load, does faults to it, and compares everything it wrote with an undisturbed
 * run of the same input.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { dir, seed, faults, historySessions, steadySessions, print } = options
  const startedAt = performance.now()
  mkdirSync(dir, { recursive: true })
  const say = logTo(join(dir, 'chaos.log'))
  say('begin', { seed, faults, historySessions, steadySessions })
  const world = await openWorld({ dir, partitions, sessionTimeoutMs, blockMs, say })
  const { config, codec, log, stack } = world
  const client = connectClickHouse(config, {
    brokers: stack.kafka.brokers,
    registryUrl: stack.registry.url,
    clickhouseUrl: stack.clickhouse.url,
  })
  try {
    const market = loadMarket()
    const size = { seed, historySessions, steadySessions }
    const steps = await planSteadyLoad({ ...size, dir, codec, market, partitions, noiseShare })
    print(`the load has ${steps.length} steps`)
    const disturbed = await disturb(world, steps, options)
    print('running the same input undisturbed, in memory')
    const sent = steps.slice(0, disturbed.loadSteps)
    const reference = await runUndisturbed({ steps: sent, codec, market, partitions })
    const verdict = await auditRun(
      {
        codec,
        partitions,
        runId: config.runId,
        log,
        reference,
        steps: sent,
        along: disturbed.along,
        client,
        tables: tablesOf(config),
      },
      print,
    )
    const seconds = (performance.now() - startedAt) / 1000
    return { ...disturbed, verdict, counts: world.fleet.counts, seconds }
  } finally {
    await client.close()
    await world.close()
  }
}
