import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Admin, type IHeaders, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { connectClickHouse } from '../../cli/connect-store.ts'
import type { TopicLine } from '../../cli/demo-report.ts'
import type { DecodedInput } from '../../streams/input-record.ts'
import { type Position, partitionKey } from '../../streams/port.ts'
import { type BadKind, badKinds, clockStart, Desk, type RawRecord, rawTopics } from '../support/bad-records.ts'
import { cutTable } from '../support/cut-bars.ts'
import { counted, type InProcessOptions, type InProcessWorker, withWorkers } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { countsOf, isData, processed, readTopic } from '../support/topic-contents.ts'
import { watchedLog } from '../support/watched-log.ts'

const chunkRecords = 3
const headers: IHeaders = { 'trace-id': Buffer.from([0, 1, 254, 255]), hop: ['first', 'second'] }
const chain = ['ingest', 'sink'] as const

/** A bad record as it was sent, and where the log put it. */
type Sent = RawRecord & { readonly kind: BadKind; readonly partition: number; readonly offset: number }

/** The records of one topic that one transaction of ingest took. */
type Taken = { readonly from: number; readonly to: number }

let installation: Installation
let producer: Producer
let admin: Admin
const sent: Sent[] = []
let soundRecords = 0
let letters: Map<string, DecodedInput>
const originals = new Map<string, DecodedInput>()
let counts: ReadonlyMap<string, TopicLine>
let duplicates = 0
/** What ingest took, transaction by transaction, by topic and partition. */
const chunks = new Map<string, Taken[]>()

async function produce(topic: string, partition: number, records: readonly RawRecord[]): Promise<void> {
  await producer.send({
    topic: installation.config.topicPrefix + topic,
    messages: records.map((record) => ({ ...record, partition, headers })),
  })
}

/** Notes which records a transaction of ingest took: from where the one before it ended, to the positions it committed. */
function noteChunk(starts: Map<string, number>, positions: readonly Position[]): void {
  for (const position of positions) {
    const key = partitionKey(position)
    chunks.set(key, [...(chunks.get(key) ?? []), { from: starts.get(key) ?? 0, to: position.offset }])
    starts.set(key, position.offset)
  }
}

/** Runs ingest and the sink until they have read all there is. */
async function runChain(): Promise<void> {
  const starts = new Map<string, number>()
  const startAt = (positions: ReadonlyMap<string, number>) => {
    for (const [key, offset] of positions) starts.set(key, offset)
  }
  const options: InProcessOptions = {
    limits: { records: chunkRecords, millis: 60_000 },
    watch: (log) => watchedLog(log, (_id, { offsets }) => noteChunk(starts, offsets?.positions ?? []), startAt),
  }
  await withWorkers(installation, [['ingest', options], ['sink']], async ([ingest], failure) => {
    await processed(installation, chain, failure)
    duplicates += await counted((ingest as InProcessWorker).metrics, 'barline_duplicates_total')
  })
}

/** Produces three records for each kind, the bad one first in partition 0 and in the middle in partition 1, with no worker up. */
async function produceBad(topic: BadKind['topic'], desks: readonly Desk[]): Promise<void> {
  for (const [partition, desk] of desks.entries()) {
    const [end] = await admin
      .fetchTopicOffsets(installation.config.topicPrefix + topic)
      .then((offsets) => offsets.filter((each) => each.partition === partition).map(({ offset }) => Number(offset)))
    // A chunk of sound ones before: what cannot be read is refused at once, alone, while ingest still looks for what is known before it.
    const records = Array.from({ length: chunkRecords }, () => desk.sound(topic))
    soundRecords += records.length
    for (const kind of badKinds.filter((each) => each.topic === topic)) {
      if (partition === 1) records.push(desk.sound(topic))
      const bad = kind.make(desk)
      sent.push({ ...bad, kind, partition, offset: (end ?? 0) + records.length })
      records.push(bad, ...Array.from({ length: partition === 1 ? 1 : 2 }, () => desk.sound(topic)))
      soundRecords += 2
    }
    await produce(topic, partition, records)
  }
}

beforeAll(async () => {
  installation = await openInstallation('bad', { partitions: 2 })
  const { codec, addresses, config } = installation
  const kafka = new Kafka({ brokers: [...addresses.brokers], logLevel: logLevel.NOTHING })
  producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  admin = kafka.admin()
  await Promise.all([producer.connect(), admin.connect()])
  const desks = [new Desk(codec, 'FIRST'), new Desk(codec, 'MIDDLE')]
  const marker = codec.encode('clock', 'barline.Marker', { kind: 'clock', ts: clockStart, known_at: clockStart })
  for (const [partition, desk] of desks.entries()) {
    await producer.send({
      topic: `${config.topicPrefix}clock`,
      messages: [{ partition, key: '', value: marker, headers: { 'barline.kind': 'marker' } }],
    })
    for (const [topic, records] of desk.first()) {
      await produce(topic, partition, records)
      soundRecords += records.length
    }
  }
  await runChain()
  for (const topic of rawTopics) {
    await produceBad(topic, desks)
    await runChain()
  }
  letters = new Map()
  for (const record of (await readTopic(installation, 'dead-letters.ingest')).flat()) {
    if (record.input?.kind !== 'data') continue
    const { source_topic, source_partition, source_offset } = record.input.value
    letters.set(`${source_topic}[${source_partition}]@${source_offset}`, record)
  }
  for (const topic of rawTopics) {
    for (const record of (await readTopic(installation, topic)).flat())
      originals.set(`${partitionKey(record.where)}@${record.raw.offset}`, record)
  }
  counts = await countsOf(installation)
}, openWithinMs + 240_000)

afterAll(async () => {
  await Promise.all([producer?.disconnect(), admin?.disconnect()])
  await installation?.close()
})

const placeOf = ({ kind, partition, offset }: Sent): string => `${kind.topic}[${partition}]@${offset}`

const sentAt = (kind: BadKind, partition: number): Sent => {
  const found = sent.find((each) => each.kind === kind && each.partition === partition)
  if (!found) throw new Error(`${kind.title} was not sent to partition ${partition}`)
  return found
}

describe.each(badKinds.map((kind) => [kind.title, kind.verdict, kind] as const))('%s (%s)', (_title, verdict, kind) => {
  describe.each([
    ['first in its chunk', 0],
    ['in the middle of its chunk', 1],
  ] as const)('%s', (_where, partition) => {
    test('was taken at that place of a transaction', () => {
      const { offset } = sentAt(kind, partition)
      const taken = chunks.get(partitionKey({ topic: kind.topic, partition })) ?? []
      const { from = -1, to = -1 } = taken.find((chunk) => chunk.from <= offset && offset < chunk.to) ?? {}
      expect(to - from).toBe(chunkRecords)
      expect(offset - from).toBe(partition)
    })

    if (verdict === 'DUPLICATE') {
      test('is dropped without a dead letter', () => {
        expect(letters.has(placeOf(sentAt(kind, partition)))).toBe(false)
      })
      return
    }

    test('lies in dead-letters.ingest with its reason and its own bytes', () => {
      const bad = sentAt(kind, partition)
      const letter = letters.get(placeOf(bad))
      const original = originals.get(placeOf(bad))
      expect(letter?.where.partition).toBe(partition)
      expect(letter?.input?.kind === 'data' ? letter.input.value : undefined).toEqual({
        processor: 'ingest',
        reason: verdict,
        message: expect.stringMatching(/\S/),
        source_topic: kind.topic,
        source_partition: partition,
        source_offset: bad.offset,
        source_timestamp: original?.raw.timestamp,
        key: bad.key === null ? null : Buffer.from(bad.key),
        value: bad.value,
        header_names: ['trace-id', 'hop', 'hop'],
        header_values: [Buffer.from([0, 1, 254, 255]), Buffer.from('first'), Buffer.from('second')],
        run_id: 'live',
      })
      expect(letter?.raw.headers).toEqual([{ name: 'barline.reason', value: Buffer.from(verdict) }])
      expect(original?.raw.value).toEqual(bad.value)
    })
  })
})

const duplicatesSent = () => sent.filter(({ kind }) => kind.verdict === 'DUPLICATE').length

test('there is a dead letter for each bad record and none besides', () => {
  expect(letters.size).toBe(sent.length - duplicatesSent())
  expect(counts.get('dead-letters.ingest')?.dataRecords).toBe(letters.size)
})

test('the repeats are counted as duplicates', () => {
  expect(duplicates).toBe(duplicatesSent())
})

test('every sound record between them is on the tape, in its order', async () => {
  const tape = await readTopic(installation, 'tape')
  expect(tape.flat().filter(isData)).toHaveLength(soundRecords)
  for (const records of tape) {
    const bars = records.flatMap(({ input }) =>
      input?.kind === 'data' && input.recordName === 'barline.tape.TapeBar' ? [Number(input.value.ts)] : [],
    )
    expect(bars).toEqual([...new Set(bars)].sort((a, b) => a - b))
    expect(bars.length).toBeGreaterThan(20)
  }
})

test('every record of a stored topic is a row in ClickHouse, or a dead letter of the sink', async () => {
  const sinkLetters = (await readTopic(installation, 'dead-letters.sink'))
    .flat()
    .flatMap(({ input }) => (input?.kind === 'data' ? [input.value] : []))
  for (const [topic, { dataRecords, rows, duplicates: rowsTwice }] of counts) {
    const refused = sinkLetters.filter(({ source_topic }) => source_topic === topic).length
    expect({ topic, accounted: rows + refused, rowsTwice }).toEqual({ topic, accounted: dataRecords, rowsTwice: 0 })
  }
  const unstorable = sent.filter(({ kind }) => kind.unstorable)
  const places = sinkLetters.map(
    (letter) => `${letter.source_topic}[${letter.source_partition}]@${letter.source_offset} ${letter.reason}`,
  )
  expect(places.sort()).toEqual(unstorable.map((each) => `${placeOf(each)} ${each.kind.verdict}`).sort())
})

test('ClickHouse has the dead letters with their bytes', async () => {
  const client = connectClickHouse(installation.config, installation.addresses)
  const rows = await client.rows<{ place: string; reason: string; bytes: string | null }>(
    `SELECT concat(source_topic, '[', toString(source_partition), ']@', toString(source_offset)) AS place, reason,
            lower(hex(value)) AS bytes
     FROM ${installation.config.clickhouse.database}.dead_letters_ingest FINAL`,
  )
  await client.close()
  const refused = sent.filter(({ kind }) => kind.verdict !== 'DUPLICATE')
  const wanted = refused.map((each) => ({
    place: placeOf(each),
    reason: each.kind.verdict,
    bytes: each.value?.toString('hex') ?? null,
  }))
  const byPlace = (a: { place: string }, b: { place: string }) => (a.place < b.place ? -1 : 1)
  expect(rows.sort(byPlace)).toEqual(wanted.sort(byPlace))
})

const sharedBars = fileURLToPath(new URL('../../../shared/data/bars/us-index_1d.csv.gz', import.meta.url))
const isThere = existsSync(sharedBars)
if (!isThere) process.stderr.write(`The test of real wrong bars is skipped: there is no ${sharedBars}\n`)

const realTest = isThere ? test : test.skip
realTest(
  'the two real SPY bars that open below their low are dead letters, and all the others are on the tape',
  async () => {
    const real = await openInstallation('bad-real', { partitions: 1 })
    try {
      const file = cutTable(sharedBars, real.dir, 'spy.csv', { symbols: ['SPY'] })
      const loaded = await real.load([file])
      await withWorkers(real, [['ingest'], ['sink']], (_workers, failure) => processed(real, chain, failure))
      const refusals = (await readTopic(real, 'dead-letters.ingest')).flat().map(({ input }) => {
        const value = input?.kind === 'data' ? input.value : {}
        const bar = real.codec.decode('market.bars', value.value as Buffer)
        const session = bar.kind === 'value' ? new Date(Number(bar.value.ts_close)).toISOString().slice(0, 10) : 'none'
        return `${session} ${value.reason}`
      })
      expect(refusals).toEqual(['2015-03-05 OPEN_OUTSIDE_RANGE', '2015-03-30 OPEN_OUTSIDE_RANGE'])
      const lines = await countsOf(real)
      expect(loaded).toMatchObject({ produced: 2_519, refused: 0 })
      expect(lines.get('market.bars')).toMatchObject({ dataRecords: 2_519, rows: 2_519 })
      expect(lines.get('tape')).toMatchObject({ dataRecords: 2_517, rows: 2_517, duplicates: 0 })
    } finally {
      await real.close()
    }
  },
  120_000,
)
