import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor, clientOf } from './processors.ts'

const fencedWithinMs = 30_000

/** How often a member has been told that it was fenced. */
const fencingsOf = (events: readonly { readonly event: string; readonly code?: unknown }[]): number =>
  events.filter(({ event, code }) => event === 'task-failed' && code === 'FENCED').length

/**
 * A worker is stopped inside a transaction for longer than its session; another one takes its place; then the stopped one goes on,
 * and its commit arrives.
 */
async function zombie(world: World, choice: Choice): Promise<Happening> {
  const { fleet, proxies } = world
  const name = anyProcessor(choice)
  const [old] = fleet.of(name)
  if (!old) return { happened: false, evidence: `there was no ${name}`, struck: [] }
  const held = await proxies.kafka.catchNext({ direction: 'request', api: 'EndTxn', client: clientOf(name) })
  old.process.kill('SIGSTOP')
  const stoppedAt = performance.now()
  fleet.start(name)
  const heir = await fleet.nextAssigned(name, [old])
  await sleep(1_000)
  held.release('forward')
  old.process.kill('SIGCONT')
  const stopped = (performance.now() - stoppedAt) / 1000
  const deadline = performance.now() + fencedWithinMs
  while (fencingsOf(old.events) === 0 && performance.now() < deadline) await sleep(50)
  const fencings = fencingsOf(old.events)
  await fleet.retire(old)
  const taken = heir.process.pid !== old.process.pid
  const evidence = `${held.frame.transactionalId} stood still for ${stopped.toFixed(1)} s; ${fencings} fencings`
  return { happened: taken && fencings > 0, evidence, struck: [name] }
}

/** The only worker of a processor is stopped for longer than its session, and finds itself outside of its group. */
async function frozen(world: World, choice: Choice): Promise<Happening> {
  const name = anyProcessor(choice)
  const [member] = world.fleet.of(name)
  const frozenMs = world.config.sessionTimeoutMs + choice.between(1_000, 3_000)
  member?.process.kill('SIGSTOP')
  await sleep(frozenMs)
  member?.process.kill('SIGCONT')
  return { happened: member !== undefined, evidence: `${name} stood still for ${frozenMs} ms`, struck: [name] }
}

/** A worker computes for longer than its session without giving the event loop a turn. */
async function blocked(world: World, choice: Choice): Promise<Happening> {
  const name = anyProcessor(choice)
  const [member] = world.fleet.of(name)
  const before = member?.events.length ?? 0
  member?.process.kill('SIGUSR2')
  const line = await member?.process.line('chaos-blocked ')
  await sleep(300)
  const said = member?.events.slice(before).length ?? 0
  return { happened: line !== undefined, evidence: `${name}: ${line}; ${said} events since`, struck: [name] }
}

/** A successor whose fence is held back for longer than a transaction takes, while the old owner ends. */
async function lateFence(world: World, choice: Choice): Promise<Happening> {
  const { fleet, proxies } = world
  const name = anyProcessor(choice)
  const old = fleet.of(name)
  const fencing = proxies.kafka.catchNext({ direction: 'request', api: 'InitProducerId', client: clientOf(name) })
  fleet.start(name)
  const held = await fencing
  const heldMs = choice.between(1_000, 2_500)
  await sleep(heldMs)
  held.release('forward')
  for (const member of old) await fleet.retire(member)
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
