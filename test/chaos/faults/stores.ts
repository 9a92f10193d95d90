import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor } from './processors.ts'
import { startAgain } from './start-again.ts'

/** An answer of ClickHouse that says "not now", whole. */
function refusal(status: string, code: number, text: string): Buffer {
  const body = `Code: ${code}. DB::Exception: ${text}. (CHAOS)\n`
  const head = [
    `HTTP/1.1 ${status}`,
    `X-ClickHouse-Exception-Code: ${code}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const notNow = [
  refusal(
    '500 Internal Server Error',
    252,
    'Too many parts (3001). Merges are processing significantly slower than inserts',
  ),
  refusal('500 Internal Server Error', 241, 'Memory limit (total) exceeded'),
  refusal('500 Internal Server Error', 159, 'Timeout exceeded'),
  refusal('500 Internal Server Error', 242, 'Table is in readonly mode'),
  refusal('500 Internal Server Error', 243, 'Cannot reserve 1.00 MiB, not enough space'),
  refusal('503 Service Unavailable', 202, 'Too many simultaneous queries'),
] as const

async function killMidInsert(world: World): Promise<Happening> {
  const { clickhouse } = world.stack
  const before = clickhouse.pid
  const held = await world.proxies.clickhouse.catchNext({ direction: 'response', api: 'INSERT' })
  await clickhouse.kill()
  held.release('cut')
  await startAgain(clickhouse)
  const evidence = `killed before its answer to an INSERT arrived; process ${before} became ${clickhouse.pid}`
  return { happened: before !== clickhouse.pid, evidence, struck: ['sink'] }
}

async function killWhileWriting(world: World): Promise<Happening> {
  const { clickhouse } = world.stack
  const held = await world.proxies.clickhouse.catchNext({ direction: 'request', api: 'INSERT' })
  held.release('forward')
  await clickhouse.kill()
  await startAgain(clickhouse)
  return { happened: clickhouse.pid !== undefined, evidence: 'killed right after an INSERT was sent', struck: ['sink'] }
}

async function pauseClickHouse(world: World, choice: Choice): Promise<Happening> {
  const pausedMs = choice.between(2_000, 8_000)
  const { clickhouse } = world.proxies
  const answers = () => clickhouse.counts.get('response INSERT') ?? 0
  world.stack.clickhouse.pause()
  await sleep(300)
  const before = answers()
  await sleep(pausedMs)
  const after = answers()
  world.stack.clickhouse.resume()
  return { happened: before === after, evidence: `paused for ${pausedMs} ms; no insert was answered`, struck: ['sink'] }
}

async function slowClickHouse(world: World, choice: Choice): Promise<Happening> {
  const latencyMs = choice.between(100, 700)
  world.proxies.clickhouse.set({ latencyMs, sliceBytes: 900 })
  await sleep(choice.between(3_000, 6_000))
  world.proxies.clickhouse.set({})
  return { happened: true, evidence: `each piece took ${latencyMs} ms more`, struck: ['sink'] }
}

async function insertRefused(world: World, choice: Choice): Promise<Happening> {
  const refusals = choice.between(2, 5)
  const said: string[] = []
  for (let count = 0; count < refusals; count += 1) {
    const held = await world.proxies.clickhouse.catchNext({ direction: 'request', api: 'INSERT' })
    const answer = choice.of(notNow)
    held.release({ answer })
    said.push(/Code: (\d+)/.exec(answer.toString('latin1'))?.[1] ?? '')
  }
  return { happened: true, evidence: `INSERT was answered with codes ${said.join(', ')}`, struck: ['sink'] }
}

async function errorAfterWrite(world: World, choice: Choice): Promise<Happening> {
  const held = await world.proxies.clickhouse.catchNext({ direction: 'response', api: 'INSERT' })
  const wrote = held.frame.bytes.toString('latin1').startsWith('HTTP/1.1 200')
  held.release({ answer: choice.of(notNow) })
  return { happened: wrote, evidence: 'an INSERT that was done was answered with an error', struck: ['sink'] }
}

async function insertCut(world: World): Promise<Happening> {
  const held = await world.proxies.clickhouse.catchNext({ direction: 'response', api: 'INSERT' })
  const wrote = held.frame.bytes.toString('latin1').startsWith('HTTP/1.1 200')
  held.release('cut')
  return { happened: wrote, evidence: 'the connection was cut after an INSERT was done', struck: ['sink'] }
}

async function registryDown(world: World, choice: Choice): Promise<Happening> {
  const { fleet, proxies } = world
  const name = anyProcessor(choice)
  const [member] = fleet.of(name)
  const downMs = choice.between(1_500, 5_000)
  const cutsBefore = proxies.registry.cuts
  proxies.registry.set({ down: true })
  if (member) fleet.kill(member)
  await sleep(downMs)
  proxies.registry.set({})
  const evidence = `${name} was started while the registry was down for ${downMs} ms`
  return { happened: member !== undefined && proxies.registry.cuts >= cutsBefore, evidence, struck: [name] }
}

async function registryKilled(world: World, choice: Choice): Promise<Happening> {
  const { registry } = world.stack
  const before = registry.pid
  const name = anyProcessor(choice)
  const [member] = world.fleet.of(name)
  await registry.kill()
  if (member) world.fleet.kill(member)
  await startAgain(registry)
  const evidence = `process ${before} became ${registry.pid}; ${name} was started meanwhile`
  return { happened: before !== registry.pid, evidence, struck: [name] }
}

/** ClickHouse and the registry: away, slow, refusing, and answering otherwise than they did. */
export const stores: readonly FaultKind[] = [
  { name: 'clickhouse-killed-mid-insert', rows: [27], invariants: ['L', 'D'], weight: 3, inject: killMidInsert },
  { name: 'clickhouse-killed-while-writing', rows: [27], invariants: ['L', 'D'], weight: 2, inject: killWhileWriting },
  { name: 'clickhouse-paused', rows: [27], invariants: ['R', 'L', 'D'], weight: 2, inject: pauseClickHouse },
  { name: 'clickhouse-slow', rows: [29], invariants: ['R', 'L', 'D'], weight: 2, inject: slowClickHouse },
  { name: 'insert-refused', rows: [29], invariants: ['R', 'L', 'D'], weight: 3, inject: insertRefused },
  { name: 'insert-done-but-refused', rows: [28, 31], invariants: ['L', 'D'], weight: 3, inject: errorAfterWrite },
  { name: 'insert-answer-cut', rows: [28], invariants: ['D', 'L'], weight: 4, inject: insertCut },
  { name: 'registry-down', rows: [19], invariants: ['R', 'L'], weight: 2, inject: registryDown },
  { name: 'registry-killed', rows: [19], invariants: ['R', 'L'], weight: 1, inject: registryKilled },
]
