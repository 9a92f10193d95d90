import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordCodec } from '../../../avro/codec.ts'
import { chainInputs, defineProcessor } from '../../../cli/chain.ts'
import type { Market } from '../../../cli/market.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { runProcessors } from '../../streams/support/run-processors.ts'
import { isCaughtUp } from '../../streams/support/run-workers.ts'
import type { LoadStep } from '../load/plan.ts'

const withinMs = 30 * 60_000
const pollMs = 50

/** What the undisturbed run is made with. */
export type ReferenceOptions = {
  readonly steps: readonly LoadStep[]
  readonly codec: RecordCodec
  readonly market: Market
  readonly partitions: number
}

/**
 * The undisturbed run of an input: the same processors over the same raw records, in memory, one worker each, nothing in their
 * way. It shares neither broker nor sink with the disturbed run, so it says what the records have to be.
 */
export async function runUndisturbed({ steps, codec, market, partitions }: ReferenceOptions): Promise<MemoryLog> {
  const log = new MemoryLog({ partitions, singlePartition: ['loads'] })
  for (const { records } of steps) log.produce(records)
  const store = () => Promise.reject(new Error('There is no ClickHouse in memory'))
  const definitions: ProcessorDefinition[] = []
  // One after the other: Jest's module loader trips over imports that overlap.
  for (const { name } of chainInputs()) {
    if (name !== 'sink') definitions.push(await defineProcessor(name, { market, store }))
  }
  const deadline = performance.now() + withinMs
  await runProcessors({ log, codec, partitions, definitions }, {}, async () => {
    for (const definition of definitions) {
      while (!(await isCaughtUp(log, definition, partitions))) {
        if (performance.now() > deadline) throw new Error(`${definition.name} is not done after ${withinMs} ms`)
        await sleep(pollMs)
      }
    }
  })
  return log
}
