import type { Processor } from '../processor.ts'
import type { BarrierGrid } from './barriers.ts'

/** What every fan-in processor is made with. */
export type FanInOptions = {
  /** Number of partitions of the chain, the one instance reads them all. */
  readonly partitions: number
  readonly grid: BarrierGrid
  /** How many barriers a partition may run ahead of the slowest before it is paused. */
  readonly maxBarriersAhead?: number
}

/** A processor that reads all partitions of its input and waits for the slowest of them. */
export interface FanInProcessor extends Processor {
  /** The partitions that the next barrier waits for; whoever reports a stall names those of them that are silent. */
  laggards(): readonly number[]
}
