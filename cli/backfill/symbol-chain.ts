import { INDICATORS } from '../../processors/engine/indicator-record.ts'
import {
  type ChunkProcessor,
  completeHead,
  type DataRecord,
  type Emit,
  type InputHead,
  type InputRecord,
  type OutputRecord,
  type Processor,
} from '../../processors/processor.ts'
import { remembers } from '../../streams/chunk-runner.ts'
import type { MarketSource } from './market-source.ts'

/** Inference, and the topics whose rows it scores. */
export type ScoringStage = { readonly reads: readonly string[]; readonly processor: ChunkProcessor }

/** The processors that a backfill runs: those of the chain, made as the chain makes them; without inference there are no scores. */
export type Stages = { readonly engine: Processor; readonly features: Processor; readonly inference?: ScoringStage }

/** Told of each record that a processor would not take. */
export type OnRefused = (record: InputRecord, reason: string, message: string) => void

/** What a chain is run with. */
export type SymbolChainOptions = {
  readonly stages: Stages
  readonly market: MarketSource
  readonly partition: number
  /** Only rows of this close and later are given; all are folded. */
  readonly fromTs: number
  readonly onRefused: OnRefused
}

/**
 * Engine, features and inference of one symbol in this process, over its corrected tape and the cross-section there is. Rows of
 * features wait for their barrier as in the chain; where the cross-section ends before it, they and those behind them
 * are not given.
 */
export class SymbolChain {
  readonly #options: SymbolChainOptions
  readonly #engineEmit: (record: InputRecord) => Emit
  #indicators: InputRecord[] = []
  #rows: OutputRecord[] = []
  #features: DataRecord[] = []
  #isMarketAtEnd = false

  constructor(options: SymbolChainOptions) {
    this.#options = options
    const toFeatures = (record: InputRecord): void => {
      if (!this.#isMarketAtEnd) this.#indicators.push(record)
    }
    this.#engineEmit = (source) => ({
      record: (output) => {
        toFeatures(this.#asInput(output))
        this.#give(output)
      },
      marker: (topic, marker) => toFeatures({ kind: 'marker', topic, ...this.#place, timestamp: marker.ts, marker }),
      ...this.#refusing(source),
    })
  }

  /** Folds a record of the corrected tape. */
  async take(record: InputRecord): Promise<void> {
    this.#options.stages.engine.apply(record, this.#engineEmit(record))
    await this.#foldFeatures()
  }

  /** The rows given since the last call, scores included. */
  async rows(): Promise<readonly OutputRecord[]> {
    const features = this.#features
    this.#features = []
    await this.#options.stages.inference?.processor.applyChunk(features, (index) => ({
      record: (output) => this.#give(output),
      marker: () => {},
      ...this.#refusing(features[index]),
    }))
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  /** Rows given since the last call of {@link rows}, scores not counted. */
  get waiting(): number {
    return this.#rows.length
  }

  async #foldFeatures(): Promise<void> {
    const { stages, market } = this.#options
    while (this.#indicators.length > 0) {
      const index = stages.features.select(this.#heads())
      if (index === undefined) {
        if (await market.fill()) continue
        this.#isMarketAtEnd = true
        this.#indicators = []
        return
      }
      const record = index === 0 ? this.#indicators.shift() : market.head
      if (index !== 0) market.take()
      if (record !== undefined) stages.features.apply(record, this.#featuresEmit(record))
    }
  }

  #heads(): InputHead[] {
    const { partition, market } = this.#options
    return [
      completeHead({ topic: INDICATORS, partition }, this.#indicators[0], true),
      completeHead({ topic: 'market-state', partition }, market.head, true),
    ]
  }

  #featuresEmit(source: InputRecord): Emit {
    return {
      record: (output) => {
        this.#takeToScore(this.#asInput(output))
        this.#give(output)
      },
      marker: () => {},
      ...this.#refusing(source),
    }
  }

  /** Only rows that are given are scored, but their scores may depend on the rows before, which come before them. */
  #takeToScore(row: DataRecord): void {
    const { inference } = this.#options.stages
    if (!inference?.reads.includes(row.topic)) return
    if (row.timestamp >= this.#options.fromTs) this.#features.push(row)
    else if (remembers(inference.processor)) inference.processor.remember(row)
  }

  #refusing(source: InputRecord | undefined): Pick<Emit, 'refuse' | 'duplicate' | 'leaveOut'> {
    return {
      refuse: ({ reason, message }) => {
        if (source !== undefined) this.#options.onRefused(source, reason, message)
      },
      duplicate: () => {},
      leaveOut: () => {},
    }
  }

  get #place() {
    return { partition: this.#options.partition, offset: -1 }
  }

  #asInput({ topic, key, recordName, value, timestamp, headers = {} }: OutputRecord): DataRecord {
    return { kind: 'data', topic, ...this.#place, timestamp, key, recordName, value, headers }
  }

  #give(output: OutputRecord): void {
    if (output.timestamp >= this.#options.fromTs) this.#rows.push(output)
  }
}
