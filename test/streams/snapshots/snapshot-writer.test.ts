import { describe, expect, test } from '@jest/globals'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { readGenerations } from '../../../streams/snapshots/read-generations.ts'
import type { SnapshotSettings } from '../../../streams/snapshots/snapshot-settings.ts'
import { SnapshotWriter, type WrittenSnapshot } from '../../../streams/snapshots/snapshot-writer.ts'
import { jsonCodec } from '../support/json-codec.ts'
import { createMerge } from '../support/small-processors.ts'

const codec = jsonCodec()
const where = { topic: 'snapshots.engine', partition: 0 }
const positions = [{ topic: 'left', partition: 0, offset: 7 }]
const identity = { layout_hash: 'layout', definition: 'definition', release: 'release' }
const usual: SnapshotSettings = {
  records: 10,
  minIntervalMs: 1_000,
  maxIntervalMs: 60_000,
  restFactor: 3,
  pieceBytes: 40,
  piecesPerCommit: 2,
}

/** A snapshot writer over a log in memory, at a clock that stands still unless it is moved. */
function setUp(settings: Partial<SnapshotSettings> = {}, state = createMerge()) {
  const log = new MemoryLog({ partitions: 1 })
  const clock = { ms: 0 }
  const written: WrittenSnapshot[] = []
  const keys: string[][] = []
  const writer = new SnapshotWriter({
    processor: state,
    identity,
    where,
    outputs: [{ topic: 'dead-letters.engine', partition: 0 }],
    log,
    codec,
    settings: { ...usual, ...settings },
    newest: 0,
    keep: undefined,
    onWritten: (snapshot) => written.push(snapshot),
    now: () => clock.ms,
  })
  /** A transaction that took so many records. */
  const commit = async (taken: number) => {
    const share = writer.next()
    log.produce(share.records)
    if (share.records.length > 0) keys.push(share.records.map(({ key }) => key.toString()))
    writer.committed(taken)
    await writer.captureIfDue(positions)
    return share
  }
  const writeOut = async () => {
    while (writer.hasPieces) await commit(1)
  }
  const generations = async () => {
    const { withManifest } = await readGenerations(log, codec, where, undefined, undefined)
    return withManifest.map(({ manifest }) => manifest.generation)
  }
  return { clock, commit, generations, keys, log, state, writeOut, writer, written }
}

describe('a snapshot is due', () => {
  test('after so many records, but not sooner than the shortest interval', async () => {
    const { clock, commit, writer } = setUp()
    clock.ms = 999
    await commit(50)
    expect(writer.hasPieces).toBe(false)
    clock.ms = 1_000
    await commit(0)
    expect(writer.hasPieces).toBe(true)
  })

  test('after the longest interval with fewer records, and never without any', async () => {
    const { clock, commit, writer } = setUp()
    clock.ms = 100_000
    await commit(0)
    expect(writer.hasPieces).toBe(false)
    await commit(1)
    expect(writer.hasPieces).toBe(true)
  })

  test('no sooner than three times as long as the last one took to be written', async () => {
    const { clock, commit, writeOut, writer, written } = setUp()
    clock.ms = 1_000
    await commit(10)
    clock.ms = 21_000
    await writeOut()
    expect(written.map(({ writtenInMs }) => writtenInMs)).toEqual([20_000])
    clock.ms = 80_999
    await commit(10)
    expect(writer.hasPieces).toBe(false)
    clock.ms = 81_000
    await commit(0)
    expect(writer.hasPieces).toBe(true)
  })
})

describe('a snapshot is written', () => {
  test('a few pieces with each transaction, whatever the size of the state, and last its manifest', async () => {
    const { clock, commit, keys, state, writeOut, written } = setUp()
    state.state.taken.push(...Array.from({ length: 40 }, (_, index) => `left@${index}`))
    clock.ms = 1_000
    await commit(10)
    await writeOut()
    expect(Math.max(...keys.map(({ length }) => length))).toBe(2)
    const [snapshot] = written
    expect(snapshot?.pieces).toBeGreaterThan(20)
    const inOrder = Array.from({ length: snapshot?.pieces ?? 0 }, (_, piece) => `a.${piece}`)
    expect(keys.flat()).toEqual([...inOrder, 'a.manifest'])
  })

  test('as the state was when it was due, whatever comes meanwhile', async () => {
    const { clock, commit, log, state, writeOut } = setUp()
    state.state.taken.push('before')
    clock.ms = 1_000
    await commit(10)
    state.state.taken.push('meanwhile')
    await writeOut()
    const [found] = (await readGenerations(log, codec, where, undefined, undefined)).withManifest
    const bytes = Buffer.concat((found?.pieces ?? []).map((piece) => piece ?? Buffer.alloc(0))).toString('latin1')
    expect(bytes).toContain('before')
    expect(bytes).not.toContain('meanwhile')
    expect(found?.manifest.positions).toEqual({ 'left[0]': 7, 'dead-letters.engine[0]': 0 })
  })

  test('into the slot that does not hold the last complete one, which so outlives it', async () => {
    const { clock, commit, generations, keys, writeOut } = setUp()
    for (let round = 1; round <= 3; round += 1) {
      clock.ms += 1_000
      await commit(10)
      await commit(1)
      // Under way, the one before is still there.
      expect(await generations()).toEqual(round === 1 ? [] : [round - 1])
      await writeOut()
      clock.ms += 1_000
    }
    expect(await generations()).toEqual([3, 2])
    expect(keys.flat().filter((key) => key.endsWith('manifest'))).toEqual(['a.manifest', 'b.manifest', 'a.manifest'])
  })

  test('with a position, in the last transaction, from which on a restart finds all of it', async () => {
    const { clock, commit, log, writer } = setUp()
    log.produce([{ ...where, key: Buffer.from('x'), value: Buffer.from('?'), timestamp: 0, headers: {} }])
    clock.ms = 1_000
    await commit(10)
    let last = await commit(0)
    while (writer.hasPieces) last = await commit(0)
    expect(last.positions).toEqual([{ ...where, offset: 2 }])
    const { withManifest, newest, foreign } = await readGenerations(log, codec, where, 2, undefined)
    expect(withManifest[0]?.pieces.filter((piece) => piece)).toHaveLength(withManifest[0]?.manifest.pieces ?? -1)
    expect({ newest, foreign }).toEqual({ newest: 1, foreign: 0 })
  })
})
