import { loadViews } from '../catalog/declared-views.ts'

/** What a topic's records are keyed by. */
export type TopicKey = 'symbol' | 'series' | 'none' | 'load' | 'replay' | 'source' | 'letter' | 'piece'

/**
 * A kind of record a topic carries; `table` is the ClickHouse table it is kept in. `isRebuilt`: a backfill writes it anew for one
 * symbol, to a topic of its run (`run-topics.ts`) and to the same table.
 */
export type TopicRecord = { readonly name: string; readonly table?: string; readonly isRebuilt?: boolean }

/** One topic of the system: everything about it that must be the same for whoever creates, writes or reads it. */
export type TopicSpec = {
  readonly id: string
  readonly key: TopicKey
  /** `topic`: subject `<topic>-value`; `topic-record`: `<topic>-<record full name>`, for topics that carry markers. */
  readonly subjects: 'topic' | 'topic-record'
  readonly records: readonly TopicRecord[]
  /** `chain`: as many as every topic of the chain. */
  readonly partitions: 'chain' | 1
  readonly cleanup: 'delete' | 'compact'
  readonly timestamps: 'LogAppendTime' | 'CreateTime'
  /** The processor or outside party that writes it. */
  readonly owner: string
  /** Raised when the topic is deleted and made anew, so that its old and new offsets never meet in a table. */
  readonly epoch: number
  /** `reserved`: name and settings are fixed, but nothing reads or writes it yet, so it is not created. */
  readonly status: 'active' | 'reserved'
}

const markerRecord: TopicRecord = { name: 'barline.Marker' }

const raw = (id: string, record: string, status: TopicSpec['status'], key: TopicKey = 'symbol'): TopicSpec => ({
  id,
  key,
  subjects: 'topic',
  records: [{ name: record, table: tableName(id) }],
  partitions: 'chain',
  cleanup: 'delete',
  timestamps: 'LogAppendTime',
  owner: 'loaders',
  epoch: 1,
  status,
})

const derived = (id: string, owner: string, records: readonly TopicRecord[]): TopicSpec => ({
  id,
  key: 'symbol',
  subjects: records.some((record) => record.name === markerRecord.name) ? 'topic-record' : 'topic',
  records,
  partitions: 'chain',
  cleanup: 'delete',
  timestamps: 'CreateTime',
  owner,
  epoch: 1,
  status: 'active',
})

const reserved = (id: string, owner: string): TopicSpec => ({ ...derived(id, owner, []), status: 'reserved' })

const deadLetters = (processor: string): TopicSpec => {
  const id = `dead-letters.${processor}`
  return { ...derived(id, processor, [{ name: 'barline.DeadLetter', table: tableName(id) }]), key: 'source' }
}

const snapshots = (processor: ProcessorName): TopicSpec => ({
  ...derived(snapshotTopicId(processor), processor, [
    { name: 'barline.snapshots.SnapshotPiece' },
    { name: 'barline.snapshots.SnapshotManifest' },
  ]),
  key: 'piece',
  subjects: 'topic-record',
  partitions: fanInProcessors.includes(processor) ? 1 : 'chain',
  cleanup: 'compact',
  timestamps: 'LogAppendTime',
  status: statelessProcessors.includes(processor) ? 'reserved' : 'active',
})

/** The topic of the snapshots of a processor's state. */
export function snapshotTopicId(processor: ProcessorName): string {
  return `snapshots.${processor}`
}

/** ClickHouse table of a topic: its id with every character that needs quoting made an underscore. */
export function tableName(topicId: string): string {
  return topicId.replace(/[^a-z0-9]/g, '_')
}

/** The processors of the chain, in the order of the path of a bar. Each owns a dead-letter topic. */
export const processorNames = ['ingest', 'engine', 'breadth', 'features', 'inference', 'blend', 'sink'] as const

/** One of {@link processorNames}. */
export type ProcessorName = (typeof processorNames)[number]

/** Those that are one task over all partitions, with one state. */
const fanInProcessors: readonly ProcessorName[] = ['breadth', 'blend']
/** Those that keep nothing between records, whatever they are made with. */
export const statelessProcessors: readonly ProcessorName[] = ['sink']

/**
 * The one list of topics, in the order of the path of a bar; ingest breaks ties between raw topics by this order. History
 * is kept for good (`retention.ms=-1`), and `segment.ms` is at its maximum, since event-time timestamps would roll segments.
 */
export const topics: readonly TopicSpec[] = [
  raw('market.events', 'barline.market.CorporateEvent', 'active'),
  raw('market.fundamentals', 'barline.market.Fundamental', 'active'),
  raw('market.macro', 'barline.market.MacroObservation', 'active', 'series'),
  raw('market.portfolio', 'barline.market.PortfolioPosition', 'active'),
  raw('market.quotes', 'barline.market.Quote', 'active'),
  raw('market.bars', 'barline.market.Bar', 'active'),
  { ...raw('clock', markerRecord.name, 'active', 'none'), subjects: 'topic-record', records: [markerRecord] },
  { ...raw('market.corrections', 'barline.market.Bar', 'active'), owner: 'backfill' },
  // Before what is rebuilt: views of that read its table.
  derived('runs', 'backfill', [{ name: 'barline.runs.Run', table: 'runs' }]),
  derived('tape', 'ingest', [
    { name: 'barline.tape.TapeBar', table: 'tape_bars', isRebuilt: true },
    { name: 'barline.tape.TapeEvent', table: 'tape_events' },
    { name: 'barline.tape.TapeFundamental', table: 'tape_fundamentals' },
    { name: 'barline.tape.TapeMacro', table: 'tape_macro' },
    { name: 'barline.tape.TapePosition', table: 'tape_positions' },
    { name: 'barline.tape.TapeQuote', table: 'tape_quotes' },
    markerRecord,
  ]),
  derived('indicators', 'engine', [
    { name: 'barline.indicators.IndicatorRow', table: 'indicators', isRebuilt: true },
    markerRecord,
  ]),
  derived('market-state', 'breadth', [
    { name: 'barline.state.MarketState', table: 'market_state' },
    { name: 'barline.state.UniverseState', table: 'universe_state' },
    markerRecord,
  ]),
  ...loadViews().map(({ topic, record }) =>
    derived(topic, 'features', [{ name: record, table: tableName(topic), isRebuilt: true }, markerRecord]),
  ),
  derived('scores.raw', 'inference', [
    { name: 'barline.scores.RawScore', table: 'scores_raw', isRebuilt: true },
    markerRecord,
  ]),
  derived('scores', 'blend', [{ name: 'barline.scores.Score', table: 'scores' }]),
  reserved('signals', 'strategies'),
  reserved('orders', 'strategies'),
  reserved('fills', 'strategies'),
  reserved('outcomes', 'strategies'),
  reserved('telemetry', 'telemetry'),
  reserved('alerts', 'telemetry'),
  ...processorNames.map(deadLetters),
  ...processorNames.map(snapshots),
  {
    ...derived('loads', 'loaders', [{ name: 'barline.loads.LoadedRange' }]),
    key: 'load',
    partitions: 1,
    status: 'active',
  },
  {
    ...derived('replayed-letters', 'dead-letters replay', [{ name: 'barline.letters.ReplayedLetter' }]),
    key: 'letter',
    partitions: 1,
  },
  { ...derived('replays', 'replay', [{ name: 'barline.runs.Replay' }]), key: 'replay', partitions: 1 },
]

/** The topic with this id. Throws on an id that is not in the list: nothing else names a topic. */
export function topicById(id: string): TopicSpec {
  const found = topics.find((topic) => topic.id === id)
  if (!found) throw new RangeError(`No topic ${id} in topics/topics.ts`)
  return found
}
