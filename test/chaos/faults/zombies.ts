import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessorName } from '../../../topics/topics.ts'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor, clientOf } from './processors.ts'

/** Where the error of an answer to EndTxn stands: behind length, number and throttle time. */
const errorOffset = 12
/** Processors whose tasks are shared out: of the others a second member gets nothing. */
const shared: readonly [ProcessorName, ...ProcessorName[]] = ['ingest', 'engine', 'features', 'inference', 'sink']

/**
 * A worker is stopped inside a transaction for longer than its session; another one takes its place; then the stopped one goes on,
 * and its commit arrives.
 */
async function zombie(world: World, choice: Choice): Promise<Happening> {
  const { fleet, proxies } = world
  const name = anyProcessor(choice)
  const old = await fleet.nextAssigned(name)
  const held = await proxies.kafka.catchNext({ direction: 'request', api: 'EndTxn', client: clientOf(name) })
  old.process.kill('SIGSTOP')
  const stoppedAt = performance.now()
  fleet.start(name)
  const heir = await fleet.nextAssigned(name, [old])
  await sleep(1_000)
  const { connection, transactionalId } = held.frame
  const answering = proxies.kafka.catchNext({ direction: 'response', api: 'EndTxn', connection })
  held.release('forward')
  const answer = await answering
  const error = answer.frame.bytes.readInt16BE(errorOffset)
  answer.release('forward')
  old.process.kill('SIGCONT')
  const stopped = (performance.now() - stoppedAt) / 1000
  await sleep(1_000)
  const exit = await fleet.retire(old)
  const evidence = `${transactionalId} stood still for ${stopped.toFixed(1)} s; its commit was refused with error ${error}; exit ${exit}`
  return { happened: heir !== old && error !== 0, evidence, struck: [name] }
}

/** The only worker of a processor is stopped for longer than its session, and finds itself outside of its group. */
async function frozen(world: World, choice: Choice): Promise<Happening> {
  const name = anyProcessor(choice)
  const member = await world.fleet.nextAssigned(name)
  const frozenMs = world.config.sessionTimeoutMs + choice.between(1_000, 3_000)
  member.process.kill('SIGSTOP')
  await sleep(frozenMs)
  member.process.kill('SIGCONT')
  return {
    happened: world.fleet.of(name).includes(member),
    evidence: `${name} stood still for ${frozenMs} ms`,
    struck: [name],
  }
}

/** A worker computes for longer than its session without giving the event loop a turn. */
async function blocked(world: World, choice: Choice): Promise<Happening> {
  const name = anyProcessor(choice)
  const member = await world.fleet.nextAssigned(name)
  const blockedAt = performance.now()
  member.process.kill('SIGUSR2')
  const line = await member.process.line('chaos-blocked ')
  const blockedMs = performance.now() - blockedAt
  return { happened: blockedMs > world.config.sessionTimeoutMs, evidence: `${name}: ${line}`, struck: [name] }
}

/** A successor whose fence is held back for longer than a transaction takes, while the old owner ends. */
async function lateFence(world: World, choice: Choice): Promise<Happening> {
  const { fleet, proxies } = world
  const name = choice.of(shared)
  const old = await fleet.nextAssigned(name)
  const fencing = proxies.kafka.catchNext({ direction: 'request', api: 'InitProducerId', client: clientOf(name) })
  fleet.start(name)
  const held = await fencing
  const heldMs = choice.between(1_000, 2_500)
  await sleep(heldMs)
  held.release('forward')
  await fleet.retire(old)
  const evidence = `the fence of ${held.frame.transactionalId} came ${heldMs} ms late`
  return { happened: held.frame.api === 'InitProducerId', evidence, struck: [name] }
}

/** Workers that stand still, and do not know how late it is when they go on. */
export const zombies: readonly FaultKind[] = [
  { name: 'zombie', rows: [2], invariants: ['D', 'L', 'O'], weight: 6, inject: zombie },
  { name: 'frozen', rows: [2], invariants: ['D', 'R'], weight: 3, inject: frozen },
  { name: 'event-loop-blocked', rows: [26], invariants: ['D', 'R'], weight: 2, inject: blocked },
  { name: 'late-fence', rows: [2, 3], invariants: ['D', 'L'], weight: 3, inject: lateFence },
]
