import { type ProcessorName, processorNames } from '../../../topics/topics.ts'
import type { Choice } from './fault-kind.ts'

/** A processor by chance. */
export function anyProcessor(choice: Choice): ProcessorName {
  return choice.of(processorNames as readonly [ProcessorName, ...ProcessorName[]])
}

/** Kafka's client id of a worker. */
export const clientOf = (name: ProcessorName): string => `barline-${name}`
