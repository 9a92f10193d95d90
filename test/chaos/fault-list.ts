import { textTable } from '../../cli/text-table.ts'
import type { Invariant } from './faults/fault-kind.ts'

/** Where a fault is shown: a kind of the random mix, a scenario, or a test by its file and (part of) its title. */
export type Showing =
  | { readonly mix: string }
  | { readonly scenario: string }
  | { readonly file: string; readonly title: string }

/** A fault or bad input that the chain has to stand, numbered as in docs/chaos.md. */
export type ListedFault = {
  readonly number: number
  readonly fault: string
  readonly invariants: readonly Invariant[]
  readonly shown: readonly [Showing, ...Showing[]]
}

const mix = (name: string): Showing => ({ mix: name })
const scenario = (name: string): Showing => ({ scenario: name })
const inTest = (file: string, title: string): Showing => ({ file: `test/${file}`, title })

const fault = (
  number: number,
  what: string,
  invariants: string,
  ...shown: readonly [Showing, ...Showing[]]
): ListedFault => ({ number, fault: what, invariants: invariants.split(' ') as Invariant[], shown })

const worker = (title: string) => inTest('streams/worker.test.ts', title)
const refusals = (title: string) => inTest('processors/ingest/refusals.test.ts', title)
const badRecords = inTest(
  'integration/every-bad-record-has-its-dead-letter.test.ts',
  'there is a dead letter for each bad record and none besides',
)

/** The list: every fault that is wanted, in order. */
export const faultList: readonly ListedFault[] = [
  fault(
    1,
    'a worker killed at each point of a transaction: before and after its records, after its positions, after its commit',
    'L D O S',
    mix('kill-in-transaction'),
    mix('kill-at-fence'),
    mix('kill-sink-at-insert'),
    inTest('integration/kill-9-changes-nothing.test.ts', 'was killed by SIGKILL at the stage'),
  ),
  fault(
    2,
    'a worker stopped for longer than its session, then going on',
    'D L O',
    mix('zombie'),
    mix('frozen'),
    mix('late-fence'),
  ),
  fault(
    3,
    'one worker becomes three and one again, members come and go',
    'L D O R',
    mix('scale-1-3-1'),
    mix('rejoin-storm'),
    inTest('integration/a-rebalance-loses-nothing.test.ts', 'each of two engines had half of the tasks'),
  ),
  fault(
    4,
    'a worker asked to end under load',
    'L D R',
    mix('sigterm-in-transaction'),
    worker('finishes the transaction under way when it is stopped'),
  ),
  fault(5, 'bursts of kills', 'R L D', mix('kill-burst'), scenario('kill-thirty')),
  fault(
    6,
    'the broker killed, paused, away for a minute, away when a worker starts',
    'R L D',
    mix('broker-killed'),
    mix('broker-paused'),
    mix('broker-down-at-start'),
    mix('network-partitioned'),
    scenario('broker-away-70-s'),
    scenario('broker-paused-20-s'),
  ),
  fault(7, 'coordinator and leader restarted (one broker: both at once)', 'L D', mix('broker-restarted')),
  fault(
    8,
    'a connection cut after the broker has done what was asked: EndTxn, Produce, positions',
    'L D O',
    mix('end-txn-answer-cut'),
    mix('end-txn-request-cut'),
    mix('positions-answer-cut'),
    mix('network-limited'),
    mix('network-reset'),
    mix('network-sliced'),
  ),
  fault(
    9,
    'the answer to Produce late, and later than the client waits',
    'D O',
    mix('produce-answer-cut'),
    mix('answer-late'),
    mix('network-slow'),
    scenario('produce-beyond-timeout'),
  ),
  fault(10, 'a transaction older than its timeout', 'D R', scenario('transaction-too-old')),
  fault(
    11,
    'aborted transactions of others, interleaved on an input topic',
    'D S',
    mix('interleaved-aborts'),
    inTest('streams/kafka/committed-records.test.ts', 'are none when two interleaved transactions are aborted'),
  ),
  fault(12, 'an open transaction of others while a worker restores', 'S R', mix('open-transaction')),
  fault(
    13,
    'snapshots cut short, corrupt, of others, newer than the log',
    'S D',
    mix('snapshot-spoiled'),
    inTest('streams/snapshots/ignored-snapshots.test.ts', 'another processor has written it'),
  ),
  fault(
    14,
    'a compacted topic with holes, whose last record is missing',
    'S',
    inTest('streams/kafka/committed-records.test.ts', 'whose last records may have been compacted away'),
    inTest('streams/snapshots/snapshot-writer.test.ts', 'into the slot that does not hold the last complete one'),
  ),
  fault(
    15,
    'retention passes an unread offset',
    'E',
    scenario('retention-passed'),
    worker('refuses to start when records that it has not read were deleted'),
    worker('stops when records were deleted under a task that runs'),
  ),
  fault(
    16,
    'a topic made anew, offsets from zero',
    'E',
    scenario('topic-recreated'),
    worker('the topic was made anew'),
  ),
  fault(
    17,
    'partitions added to a keyed topic',
    'E',
    scenario('partitions-increased'),
    scenario('partitions-increased-below-a-worker'),
    worker('stops when its topics have more partitions than it was told of'),
  ),
  fault(
    18,
    'no value, too few bytes, a wrong magic byte, random bytes',
    'E L',
    inTest('chaos/load/plan.test.ts', 'has every kind of noise'),
    badRecords,
  ),
  fault(
    19,
    'a schema id that is not there; the registry failing, down at start and later',
    'E R L',
    mix('registry-down'),
    mix('registry-killed'),
    inTest('streams/registry-down.test.ts', 'that the registry does not have costs one request'),
    inTest('avro/open-codec.test.ts', 'that the registry does not have is asked for once per time to live'),
  ),
  fault(
    20,
    'a writer of a newer or older schema, and of one that does not fit',
    'E S',
    inTest('avro/open-codec.test.ts', 'that has one more field is read without it'),
    inTest('avro/open-codec.test.ts', 'that lacks an optional field is read with its default'),
    inTest('avro/open-codec.test.ts', 'that cannot be resolved into ours is refused'),
    inTest('avro/registration.test.ts', 'a refusal names subject and field'),
  ),
  fault(21, 'values that no bar can have', 'E', badRecords, refusals('ingest refuses with its own reason')),
  fault(
    22,
    'repeated, late and corrected bars',
    'E S',
    inTest('chaos/load/plan.test.ts', 'has every kind of noise'),
    refusals('ingest counts as a duplicate'),
    inTest(
      'integration/a-backfill-heals-late-and-revised-bars.test.ts',
      'the bars that came late and revised are dead letters of ingest',
    ),
  ),
  fault(
    23,
    'gaps, halted symbols, first bars',
    'S',
    inTest('streams/mixed-input.test.ts', 'has a symbol that falls silent'),
  ),
  fault(
    24,
    'a record over the largest size',
    'E L',
    inTest('chaos/load/plan.test.ts', 'has every kind of noise'),
    inTest('streams/dead-letter.test.ts', 'of a record too large for any letter'),
    inTest('streams/chunk.test.ts', 'makes a dead letter of a record whose output is too large'),
  ),
  fault(
    25,
    'one hot symbol, a slow partition',
    'R L',
    inTest('chaos/load/plan.test.ts', 'has a symbol with a hundred times as many bars'),
    worker('lets a task that waits stop its own inputs only'),
    inTest('streams/input-feed.test.ts', 'holds so many bytes at most'),
  ),
  fault(26, 'an event loop blocked for ten seconds', 'D R', mix('event-loop-blocked')),
  fault(
    27,
    'ClickHouse killed in an insert, paused, away for a minute',
    'L D R',
    mix('clickhouse-killed-mid-insert'),
    mix('clickhouse-killed-while-writing'),
    mix('clickhouse-paused'),
    scenario('clickhouse-away-60-s'),
    inTest('sink/clickhouse.integration.test.ts', 'cut otherwise, as after a crash, lies there twice and is read once'),
  ),
  fault(
    28,
    'the answer to an insert lost after it was done',
    'D L',
    mix('insert-answer-cut'),
    mix('insert-done-but-refused'),
    mix('kill-sink-at-insert'),
  ),
  fault(
    29,
    'ClickHouse busy: too many parts, memory, time, read-only, 503, slow',
    'R L D',
    mix('insert-refused'),
    mix('clickhouse-slow'),
    inTest('sink/sink.test.ts', 'throws what is retriable'),
  ),
  fault(
    30,
    'a table that lacks a column, has one more, or another type',
    'E',
    inTest('sink/clickhouse.integration.test.ts', 'is refused when it is another one'),
    inTest('sink/clickhouse.integration.test.ts', 'gets the columns that are new and nullable'),
    inTest('sink/clickhouse.integration.test.ts', 'include a row with a column that the table does not have'),
  ),
  fault(
    31,
    'HTTP 200 with an exception in it',
    'L',
    inTest('sink/clickhouse-client.test.ts', 'fails on an exception that comes after the first rows'),
  ),
  fault(
    32,
    'a model that is missing, of another shape, gives NaN, fails',
    'E D',
    inTest('models/refusal-matrix.test.ts', 'a model refuses to load when'),
    inTest('models/model-loader.test.ts', 'the ONNX file cannot be run'),
    inTest('processors/inference/inference.test.ts', 'when the model gives NaN for it'),
  ),
  fault(
    33,
    'a full disk, a read-only data folder (snapshots lie in Kafka, so it is the disk of the servers)',
    'R E L',
    scenario('broker-disk-full'),
    mix('insert-refused'),
    inTest('local/clickhouse/full-disk.test.ts', 'rows into a full disk is to be tried again later'),
    inTest('local/data-directory.test.ts', 'a path that the servers would misread is refused'),
  ),
  fault(
    34,
    'a clock that is an hour off',
    'S D',
    mix('clock-jump'),
    inTest('architecture.test.ts', 'finds the planted fault in'),
  ),
  fault(
    35,
    'all of it for long: `--faults` of any number',
    'L D O S R',
    mix('kill-in-transaction'),
    mix('zombie'),
    mix('broker-killed'),
    mix('clickhouse-killed-mid-insert'),
    inTest('simulation/simulation.test.ts', 'lose, double, move and change nothing, and come to their end'),
    inTest('bench/slope.test.ts', 'does not differ from zero where memory fills and is collected'),
  ),
]

/** A showing in words: how to run it. */
export function wordsOf(showing: Showing): string {
  if ('mix' in showing) return `\`--only ${showing.mix}\``
  if ('scenario' in showing) return `\`--scenario ${showing.scenario}\``
  return `${showing.file}: ${showing.title}`
}

/** The list as a table in plain text. */
export function listText(list: readonly ListedFault[]): string {
  const rows = list.flatMap(({ number, fault: what, invariants, shown }) =>
    shown.map((showing, index) => ({
      number: index === 0 ? String(number) : '',
      fault: index === 0 ? what : '',
      holds: index === 0 ? invariants.join(' ') : '',
      'shown by': wordsOf(showing).replaceAll('`', ''),
    })),
  )
  return textTable(rows)
}
