import { setTimeout as sleep } from 'node:timers/promises'
import { isRetriable } from '../../../streams/errors.ts'
import { type Log, type LogReader, type Position, partitionKey } from '../../../streams/port.ts'
import { originalHash } from './run-reader.ts'
import type { SeenRecord, SeenTopic } from './seen-record.ts'

const againMs = 500
const waitMs = 300

/** A `read_committed` consumer that reads topics along with the run, and keeps what it saw. */
export class AlongReader {
  readonly #log: Log
  readonly #positions: Map<string, Position>
  readonly #seen = new Map<string, SeenRecord[]>()
  #stopped = false
  readonly #done: Promise<void>

  constructor(log: Log, topics: readonly string[], partitions: number) {
    this.#log = log
    const all = topics.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })),
    )
    this.#positions = new Map(all.map((position) => [partitionKey(position), position]))
    this.#done = this.#run()
    this.#done.catch(() => undefined)
  }

  /** Reads on to the end, and stops. Throws what kept it from reading. */
  async stop(): Promise<void> {
    const bounds = await this.#log.bounds([...this.#positions.values()])
    const isBehind = () =>
      [...this.#positions.values()].some((position) => {
        return position.offset < (bounds.get(partitionKey(position))?.end ?? 0)
      })
    while (isBehind()) await Promise.race([sleep(100), this.#done])
    this.#stopped = true
    await this.#done
  }

  /** What was seen of a topic. */
  topic(topic: string, partitions: number): SeenTopic {
    return Array.from(
      { length: partitions },
      (_, partition) => this.#seen.get(partitionKey({ topic, partition })) ?? [],
    )
  }

  async #run(): Promise<void> {
    let reader: LogReader | undefined
    while (!this.#stopped) {
      try {
        reader ??= await this.#log.reader()
        for (const fetched of await reader.fetch([...this.#positions.values()], waitMs)) {
          const key = partitionKey(fetched)
          const seen = this.#seen.get(key) ?? []
          this.#seen.set(key, seen)
          for (const record of fetched.records) {
            seen.push({ offset: record.offset, identity: '', digest: originalHash(record) })
          }
          this.#positions.set(key, { topic: fetched.topic, partition: fetched.partition, offset: fetched.nextOffset })
        }
      } catch (error) {
        if (isRetriable(error) !== true) throw error
        await sleep(againMs)
      }
    }
    await reader?.close()
  }
}
