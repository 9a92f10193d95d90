import type { RecordCodec } from '../../avro/codec.ts'
import { MARKET_STATE } from '../../processors/breadth/state-record.ts'
import type { InputRecord } from '../../processors/processor.ts'
import { isMarkerRecord } from '../../streams/marker-record.ts'
import type { Log, LogRecord } from '../../streams/port.ts'
import { isOfKey, readAll } from './read-log.ts'

const ALL_SYMBOLS = '*'

/** The cross-section as the current run has it, as far as a symbol reads it; read as it is asked for. */
export class MarketSource {
  readonly #batches: AsyncGenerator<readonly InputRecord[]>
  #records: readonly InputRecord[] = []
  #next = 0

  /** `end`: the offset of `market-state` to read to. */
  constructor(log: Log, codec: RecordCodec, partition: number, symbol: string, end: number) {
    const [isOfSymbol, isOfMarket] = [isOfKey(symbol), isOfKey(ALL_SYMBOLS)]
    const wants = (record: LogRecord) => isMarkerRecord(record) || isOfSymbol(record) || isOfMarket(record)
    this.#batches = readAll(log, codec, { topic: MARKET_STATE, partition }, { end, wants })
  }

  get head(): InputRecord | undefined {
    return this.#records[this.#next]
  }

  take(): void {
    this.#next += 1
  }

  /** Reads on until there is a head; false at the end. */
  async fill(): Promise<boolean> {
    while (this.head === undefined) {
      const { value, done } = await this.#batches.next()
      if (done) return false
      this.#records = value
      this.#next = 0
    }
    return true
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined)
  }
}
