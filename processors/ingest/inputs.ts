import { topicById } from '../../topics/topics.ts'

/** The input topics of ingest, in the order in which it breaks ties. */
export const ingestInputs: readonly string[] = ['market.events', 'market.bars', 'clock'].map((id) => topicById(id).id)
