import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { Tensor } from 'onnxruntime-node'
import { parseTimeframe } from '../../../catalog/timeframe.ts'
import { type Graph, openGraph } from '../../../models/row-scorer.ts'
import { CANDLE_CENTROIDS } from '../../../processors/indicators/vectors/candle-centroids.ts'
import { readFrozenTable } from '../../../processors/indicators/vectors/frozen-table.ts'
import { nearestCentroid } from '../../../processors/indicators/vectors/nearest-centroid.ts'
import { readData, readBars as readShippedBars } from '../../data/shipped-bars.ts'
import { run, stepOne } from './candles.ts'
import { describeWithShared, readBars } from './shared-data.ts'
import { sideEngine } from './side-engine.ts'

const WIDTH = 16

/** Squared distances that differ by less may compare the other way in float32. */
const NEAR_TIE = 1e-4

const folder = new URL('../../../models/candle_centroids/1/', import.meta.url)
const readFile = (name: string) => readFileSync(new URL(name, folder))
const record = JSON.parse(readFile('record.json').toString())
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const engine = sideEngine('candle_cluster_id_v1')
const first = engine.columns.findIndex(({ indicatorId }) => indicatorId === 'candle_embedding_v1')
const cluster = engine.columns.findIndex(({ indicatorId }) => indicatorId === 'candle_cluster_id_v1')

/** Embedding and cluster of a bar that has them. */
type Clustered = { readonly embedding: readonly number[]; readonly id: number }

function clustered(row: Float64Array): Clustered {
  return { embedding: [...row.slice(first, first + WIDTH)], id: row[cluster] ?? Number.NaN }
}

/** What the engine says of every shipped bar that is not warm-up, by `symbol date`, splits taken into account. */
function shippedRows(): Map<string, Clustered> {
  const splits = readData('us-equity_splits.csv').toString().trimEnd().split('\n').slice(1)
  const factors = new Map(
    splits.map((line) => line.split(',')).map(([symbol, , date, f]) => [`${symbol} ${date}`, Number(f)]),
  )
  const rows = new Map<string, Clustered>()
  for (const file of ['us-equity_1d.csv.gz', 'us-index_1d.csv.gz']) {
    for (const [symbol, bars] of readShippedBars(file)) {
      const state = engine.createState()
      for (const [index, bar] of bars.entries()) {
        const key = `${symbol} ${bar.date}`
        const factor = factors.get(key)
        if (factor !== undefined) engine.rescale(state, factor)
        const row = stepOne(engine, state, bar)
        if (index >= 40) rows.set(key, clustered(row))
      }
    }
  }
  return rows
}

/** Difference of the squared distances to the two nearest centroids. */
function marginOf({ embedding }: Clustered): number {
  const distances = CANDLE_CENTROIDS.rows.map((centroid) =>
    centroid.reduce((sum, value, place) => sum + (value - (embedding[place] ?? Number.NaN)) ** 2, 0),
  )
  const [nearest = Number.NaN, second = Number.NaN] = distances.sort((a, b) => a - b)
  return second - nearest
}

async function idsOf(graph: Graph, rows: readonly Clustered[]): Promise<number[]> {
  const data = Float32Array.from(rows.flatMap(({ embedding }) => embedding))
  const { cluster_id } = await graph.session.run({ embedding: new Tensor('float32', data, [rows.length, WIDTH]) })
  return Array.from(cluster_id?.data as BigInt64Array, Number)
}

/** How many of the rows the graph puts elsewhere than the engine, and how many of those are no near ties. */
async function compare(graph: Graph, rows: readonly Clustered[]) {
  const ids = await idsOf(graph, rows)
  const apart = rows.filter(({ id }, index) => id !== ids[index])
  return { apart: apart.length, wrong: apart.filter((row) => marginOf(row) > NEAR_TIE).length }
}

describe('the frozen candle centroids', () => {
  it('are those of the record, and their hash is that of the numbers', () => {
    expect(CANDLE_CENTROIDS.artifact).toBe(record.artifact)
    expect(CANDLE_CENTROIDS.rows).toEqual(record.centroids)
    expect(CANDLE_CENTROIDS.sha256).toBe(record.centroids_sha256)
    expect([...readFrozenTable(CANDLE_CENTROIDS)]).toEqual(record.centroids.flat())
  })

  it('are refused when a number was changed', () => {
    const [row = [], ...others] = CANDLE_CENTROIDS.rows
    const changed = { ...CANDLE_CENTROIDS, rows: [[0, ...row.slice(1)], ...others] }
    expect(() => readFrozenTable(changed)).toThrow(
      /candle_centroids_v1 are not those that were frozen .* was the table edited by hand/,
    )
  })

  it('come with the files that the record names', () => {
    expect(sha256(readFile('model.onnx'))).toBe(record.content_hash)
    expect(sha256(readFile('golden.json'))).toBe(record.golden.sha256)
  })
})

describe('the nearest centroid', () => {
  const centroids = readFrozenTable(CANDLE_CENTROIDS)
  const [lower = [], upper = []] = CANDLE_CENTROIDS.rows.slice(4, 6)
  const between = (share: number) => lower.map((value, place) => value + share * ((upper[place] ?? Number.NaN) - value))
  const idOf = (embedding: readonly number[]) => nearestCentroid(Float64Array.from(embedding), 0, centroids, WIDTH)

  it('is the lower of two as near', () => {
    expect(nearestCentroid(Float64Array.of(9, 1, 1), 1, Float64Array.of(0, 1, 2, 1), 2)).toBe(0)
  })

  it('is decided in float64 where float32 sees a tie, and the ONNX file gives one of the two', async () => {
    const graph = await openGraph(readFile('model.onnx'))
    const rows = [-1e-9, 1e-9].map((share) => ({ embedding: between(0.5 + share), id: idOf(between(0.5 + share)) }))
    expect(rows.map(({ id }) => id)).toEqual([4, 5])
    expect(rows.map(marginOf).every((margin) => margin > 0 && margin < NEAR_TIE)).toBe(true)
    for (const id of await idsOf(graph, rows)) expect([4, 5]).toContain(id)
  })
})

describe('candle_cluster_id_v1 on the shipped bars', () => {
  let graph: Graph
  let rows: Map<string, Clustered>

  beforeAll(async () => {
    graph = await openGraph(readFile('model.onnx'))
    rows = shippedRows()
  })

  it('has the embeddings and ids that the trainer had, over splits too', () => {
    const golden: { symbol: string; date: string; embedding: number[]; cluster_id: number }[] = JSON.parse(
      readFile('golden.json').toString(),
    ).rows
    expect(golden).toHaveLength(64)
    for (const { symbol, date, embedding, cluster_id } of golden) {
      const row = rows.get(`${symbol} ${date}`)
      expect(row?.id).toBe(cluster_id)
      expect(row?.embedding).toEqual(embedding.map((value) => expect.closeTo(value, 11)))
    }
  })

  it('has every cluster, each as often as the record says', () => {
    const counts = [...rows.values()].reduce(
      (sum, { id }) => sum.set(id, (sum.get(id) ?? 0) + 1),
      new Map<number, number>(),
    )
    expect(record.clusters).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((id) => ({ id, rows: counts.get(id) })))
  })

  it('has the ids of the ONNX file', async () => {
    expect(rows.size).toBe(21_936)
    expect(await compare(graph, [...rows.values()])).toEqual({ apart: 0, wrong: 0 })
  })
})

describeWithShared('candle_cluster_id_v1 on bars it was not trained on', ['data/bars/crypto_1h.csv.gz'], () => {
  it('has the ids of the ONNX file but for near ties, where either of the two nearest will do', async () => {
    const graph = await openGraph(readFile('model.onnx'))
    const rows = [...readBars('crypto_1h').values()].flatMap(({ bars, timeframe }) =>
      run(engine, bars.slice(0, 10_000), engine.createState(), parseTimeframe(timeframe)).slice(40).map(clustered),
    )
    const { apart, wrong } = await compare(graph, rows)
    const near = rows.filter((row) => marginOf(row) <= NEAR_TIE).length
    console.log(`candle clusters: ${rows.length} bars, ${near} near ties, ${apart} ids that differ`)
    expect(rows.length).toBeGreaterThan(20_000)
    expect(wrong).toBe(0)
  })
})
