import { topicById, topics } from '../../topics/topics.ts'
import { recordKinds } from './record-kinds.ts'

/** The input topics of ingest, in the order in which it breaks ties: what bars are read with, bars, the clock. */
export const ingestInputs: readonly string[] = topics
  .filter(({ id }) => id === topicById('clock').id || recordKinds.some(({ topic }) => topic === id))
  .map(({ id }) => id)
