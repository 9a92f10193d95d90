import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tableFromIPC } from 'apache-arrow'
import { projectRoot } from '../../catalog/project-root.ts'
import { connectClickHouse } from '../../cli/connect-store.ts'
import { createDeriver } from '../../processors/features/derived-fold.ts'
import { createFeatureHistory, type FeatureHistory } from '../../serve/features/feature-history.ts'
import { serveFeatures } from '../../serve/features/http/feature-server.ts'
import { openFeatureService, type RunningFeatureService } from '../../serve/features/open-feature-service.ts'
import type { PackSelection } from '../../serve/features/pack-selection.ts'
import { createRowAnswer } from '../../serve/features/row-answer.ts'
import { MOST_POINTS, streamTrainingSet } from '../../serve/features/training-set.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { askPython } from '../support/ask-python.ts'
import { type Asked, askAtRandom, askable, sameness } from '../support/feature-questions.ts'
import { withWorkers } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { writeMixedInput } from '../support/mixed-input.ts'
import { firstHourly, sessionAt, usualDelayMs } from '../support/mixed-market.ts'
import { newestKnown, type RowsOfViews, replayedRows } from '../support/offline-features.ts'
import { pythonWith } from '../support/python-environment.ts'
import { processed } from '../support/topic-contents.ts'

const pythonDir = mkdtempSync(join(tmpdir(), 'barline-python-features-'))
const found = await pythonWith([`${join(projectRoot(), 'python')}[pandas]`], pythonDir)
if ('missing' in found) {
  process.stderr.write(
    `The test of python/ is skipped, since Python with its packages is not to be had: ${found.missing}\n`,
  )
}
const python = 'python' in found ? found.python : ''
const pythonTest = 'python' in found ? test : test.skip
const seed = Number(process.env.BARLINE_TEST_SEED ?? Date.now() % 1_000_000)
const questions = 10_000
const chain = ['ingest', 'engine', 'breadth', 'features', 'sink'] as const
/** Worker processes have the instruments of the catalog, of which none trades around the clock; the last weeks will do. */
const part = { withClock: false, barsFrom: sessionAt(firstHourly - 5).openMs }
// On a busy machine the sink may be long behind.
const settings = { rowsPerSymbol: 30, historyWaitMs: 60_000 }

/** Inputs that are derived of features, as a recipe has them. */
const transformations = [
  { id: 'rsi_lag', feature: 'rsi_14_value', transform: { kind: 'lag', k: 2 } },
  { id: 'rsi_mean', feature: 'rsi_14_value', transform: { kind: 'ema', n: 3 } },
  { id: 'range_zscore', feature: 'close_pos_pct_value', transform: { kind: 'zscore', n: 5 } },
] as const

let installation: Installation
let client: ClickHouse
let service: RunningFeatureService
let asked: readonly Asked[]
let replayed: RowsOfViews

beforeAll(async () => {
  process.stdout.write(`random questions with seed ${seed} (BARLINE_TEST_SEED)\n`)
  installation = await openInstallation('skew', { partitions: 3 })
  const { config, addresses, log, codec, dir } = installation
  client = connectClickHouse(config, addresses)
  const { partitions } = config
  const { database } = config.clickhouse
  service = await openFeatureService({ log, codec, clickhouse: client, database, partitions }, settings)
  const workers = chain.map((name) => [name] as const)
  await withWorkers(installation, workers, async (_, failure) => {
    const end = new AbortController()
    const asking = askAtRandom(service, { seed, count: questions, recentMs: 4 * 86_400_000, signal: end.signal })
    const paceTail = { groups: 220, intervalMs: 30 }
    await installation.load(writeMixedInput(dir, 'skew', part), { delayMs: usualDelayMs, paceTail })
    await processed(installation, chain, failure)
    asked = await Promise.race([asking, failure])
    end.abort()
  })
  replayed = await replayedRows(installation, service.selector.views)
}, openWithinMs + 240_000)

afterAll(async () => {
  await service?.close()
  await client?.close()
  await installation?.close()
  rmSync(pythonDir, { recursive: true, force: true })
})

/** The questions by what was asked for. */
function bySelection(): readonly { readonly selection: PackSelection; readonly questions: readonly Asked[] }[] {
  return askable(service).map(({ packId, timeHorizon }) => ({
    selection: service.selector.select(packId, timeHorizon),
    questions: asked.filter((each) => each.packId === packId && each.timeHorizon === timeHorizon),
  }))
}

const historyOf = ({ view }: PackSelection): FeatureHistory => createFeatureHistory(client, view, service.tables)

describe('answers given while data arrived', () => {
  test('are as many as were asked, with rows and without', () => {
    expect(asked).toHaveLength(questions)
    expect(asked.filter(({ answer }) => answer !== 'no row').length).toBeGreaterThan(questions / 2)
    expect(new Set(asked.map(({ answer }) => answer)).size).toBeGreaterThan(300)
  })

  test('are those of ClickHouse afterwards', async () => {
    for (const { selection, questions: some } of bySelection()) {
      const answer = createRowAnswer(selection)
      const rows = await historyOf(selection).asOf(some)
      expect(rows.map((row) => sameness(row && answer(row)))).toEqual(some.map((each) => each.answer))
    }
  }, 120_000)

  test('are those of a replay of the tape', () => {
    for (const { selection, questions: some } of bySelection()) {
      const answer = createRowAnswer(selection)
      const rows = replayed.get(selection.view.id)
      const found = some.map(({ symbol, asOf }) => newestKnown(rows?.get(symbol) ?? [], asOf))
      expect(found.map((row) => sameness(row && answer(row)))).toEqual(some.map((each) => each.answer))
    }
  })

  test('are the rows of a training set', async () => {
    let compared = 0
    for (const { selection, questions: some } of bySelection()) {
      const { packId, timeframe: timeHorizon } = selection
      for (let start = 0; start < some.length; start += MOST_POINTS) {
        const points = some.slice(start, start + MOST_POINTS)
        const expected = new Map(points.map((each) => [`${each.symbol} ${each.asOf}`, each.answer]))
        const stream = await streamTrainingSet(service, { points, packId, timeHorizon })
        for (const row of tableFromIPC(await buffer(stream))) {
          const known = JSON.parse(expected.get(`${row.symbol} ${Number(row.as_of)}`) ?? '{}') as Record<
            string,
            unknown
          >
          const values = selection.features.map(({ id }) => servedOf(row[id]))
          // One comparison of texts: of a wide row in Jest's own way it takes ten times as long.
          expect(JSON.stringify([Number(row.ts), values])).toBe(JSON.stringify([known.ts, known.exact]))
          expect(Number(row.known_at)).toBeLessThanOrEqual(Number(row.as_of))
          expect(Number(row.as_of)).toBeLessThanOrEqual(Number(row.entry_ts))
          compared += 1
        }
      }
    }
    // Left out are those without a row, and those whose exit is still to come.
    expect(compared).toBeGreaterThan(asked.filter(({ answer }) => answer !== 'no row').length * 0.6)
  }, 120_000)

  test('are what the view _asof of the table shows', async () => {
    for (const { symbol, asOf, packId, timeHorizon, answer } of asked.filter((_, at) => at % 500 === 0)) {
      const { table, view } = historyOf(service.selector.select(packId, timeHorizon))
      const [row] = await client.rows<{ at: number }>(
        `SELECT toUnixTimestamp64Milli(ts) AS at FROM ${table.database}.${table.name}_asof(as_of = fromUnixTimestamp64Milli(${asOf}, 'UTC'))
         WHERE symbol = '${symbol}' AND timeframe = '${view.timeframe}' ORDER BY ts DESC LIMIT 1`,
      )
      expect(row?.at).toBe(answer === 'no row' ? undefined : (JSON.parse(answer) as { ts: number }).ts)
    }
  }, 60_000)
})

describe('a service that starts afterwards', () => {
  test('gives the newest rows of the one that was there before', async () => {
    const { config, log, codec } = installation
    const { partitions } = config
    const { database } = config.clickhouse
    const later = await openFeatureService({ log, codec, clickhouse: client, database, partitions }, settings)
    try {
      for (const { packId, timeHorizon } of askable(service)) {
        const symbols = service.symbolsOf(service.selector.select(packId, timeHorizon))
        if (symbols.length === 0) continue
        const request = { symbols: [...symbols].sort(), packId, timeHorizon }
        const [before, after] = [await service.getFeatures(request), await later.getFeatures(request)]
        expect(after).toEqual(before)
      }
    } finally {
      await later.close()
    }
  }, 60_000)
})

describe('the Python package', () => {
  pythonTest(
    'gives the values that were answered, histories and training sets, and the codes of errors',
    async () => {
      const server = await serveFeatures(service, { host: '127.0.0.1', port: 0 })
      try {
        const some = asked.filter((_, at) => at % 200 === 0)
        const questionsOf = some.map((each) => {
          const { features } = service.selector.select(each.packId, each.timeHorizon)
          return { ...each, features: features.map(({ id }) => id) }
        })
        const span = {
          symbols: ['ASH', 'OAK'],
          from: sessionAt(firstHourly).openMs,
          to: sessionAt(firstHourly + 15).openMs,
        }
        const given = { questions: questionsOf, span, transformations }
        const said = await askPython(python, `http://127.0.0.1:${server.port}`, given)
        for (const [at, { answer }] of some.entries()) {
          const [status, ts, values] = said.answers[at] ?? []
          const expected = answer === 'no row' ? undefined : (JSON.parse(answer) as { ts: number; exact: unknown[] })
          expect([status, ts]).toEqual(expected === undefined ? ['no_row', null] : ['ok', expected.ts])
          if (expected !== undefined) expect(values?.map(servedOf)).toEqual(expected.exact)
        }
        const history = await service.getHistory({ ...span, timeHorizon: '1d' })
        expect(said.history).toEqual(history.rows.map(({ symbol, ts }) => [symbol, ts]))
        expect(said.history.length).toBeGreaterThan(20)
        expect(said.training).toHaveLength(30)
        for (const [, asOf, knownAt, exit] of said.training)
          expect([knownAt <= asOf, asOf < exit]).toEqual([true, true])
        const folded = derivedFromReplay(span.symbols)
        expect(said.derived.length).toBeGreaterThan(20)
        for (const [symbol, ts, inputs] of said.derived) expect(inputs).toEqual(folded.get(`${symbol} ${ts}`))
        expect(said.derived.flatMap(([, , inputs]) => inputs).filter((value) => value !== null).length).toBeGreaterThan(
          20,
        )
        expect(said.imputed).toHaveLength(1)
        expect(said.codes).toEqual(['FEATURES_UNKNOWN_SYMBOL', 'FEATURES_BAD_REQUEST', 'NOT_REACHABLE'])
      } finally {
        await server.close()
      }
    },
    120_000,
  )
})

/** The derived inputs of every daily row, by symbol and ts, folded over the rows of a replay of the tape. */
function derivedFromReplay(symbols: readonly string[]): Map<string, (number | null)[]> {
  const { view } = service.selector.select('core_v1', '1d')
  const place = (feature: string) => view.features.findIndex(({ id }) => id === feature)
  const derive = createDeriver(transformations)
  const inputs = symbols.flatMap((symbol) =>
    (replayed.get(view.id)?.get(symbol) ?? []).map(({ ts, values }) => {
      const row = derive(symbol, (feature) => values[place(feature)] ?? Number.NaN)
      return [`${symbol} ${ts}`, row.map((value) => (Number.isNaN(value) ? null : value))] as const
    }),
  )
  return new Map(inputs)
}

/** A cell of Arrow as an answer has it. */
function servedOf(cell: unknown): unknown {
  if (cell === null || typeof cell === 'boolean') return cell
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : cell
  const list = [...(cell as Iterable<number>)]
  return list.length === 0 ? null : list
}
