import type { Readable } from 'node:stream'
import type { z } from 'zod'
import { contractHash } from '../../../catalog/contract.ts'
import { fieldName } from '../../../catalog/indicator-column.ts'
import type { ResolvedView } from '../../../catalog/views.ts'
import { FeatureServiceError } from '../errors.ts'
import type { RunningFeatureService } from '../open-feature-service.ts'
import { readSeries } from '../series.ts'
import { streamHistory, streamTrainingSet } from '../training-set.ts'
import { featuresArrow } from './answer-arrow.ts'
import { featuresJson, historyJson } from './answer-json.ts'
import { ARROW_TYPE, openApiDocument } from './openapi.ts'
import * as request from './request-schemas.ts'

/** What a route gives: bytes, or a stream of them. */
export type RouteAnswer = { readonly type: string; readonly body: string | Uint8Array | Readable }

/** What a request says: the fields of its query or body, and whether it would rather have Arrow. */
export type RouteInput = { readonly fields: unknown; readonly prefersArrow: boolean }

type Route = (service: RunningFeatureService, input: RouteInput) => Promise<RouteAnswer>

const json = (value: unknown): RouteAnswer => ({ type: 'application/json', body: `${JSON.stringify(value)}\n` })

/** The routes under `/v1`, by method and path. Each throws {@link FeatureServiceError}, or what Kafka and ClickHouse throw. */
export const routes: Readonly<Record<string, Route>> = {
  'GET /v1/features': getFeatures,
  'POST /v1/features': getFeatures,
  'GET /v1/history': getHistory,
  'POST /v1/history': getHistory,
  'POST /v1/training-set': async (service, { fields }) => {
    const hasPoints = typeof fields === 'object' && fields !== null && 'points' in fields
    // Not as one of two: what is wrong would then be said of the other.
    const asked = hasPoints ? parse(request.pointsRequest, fields) : parse(request.spanRequest, fields)
    const { pack_id: packId, time_horizon: timeHorizon, features, horizon_bars: horizonBars, transformations } = asked
    const decisions =
      'points' in asked
        ? { points: asked.points.map(({ symbol, as_of: asOf }) => ({ symbol, asOf })) }
        : { symbols: asked.symbols, from: asked.from, to: asked.to }
    const shape = { packId, timeHorizon, features, horizonBars, transformations }
    return { type: ARROW_TYPE, body: await streamTrainingSet(service, { ...shape, ...decisions }) }
  },
  'GET /v1/packs': async ({ selector }) =>
    json({ pack_ids: selector.packIds, views: selector.views.map((view) => describeView(view)) }),
  'GET /v1/freshness': async (service, { fields }) => {
    const { pack_id: packId, time_horizon: timeHorizon } = parse(request.freshnessRequest, fields)
    const selection = service.selector.select(packId, timeHorizon)
    const { lag, failure = null } = service.status()
    const time = (ms: number) => (Number.isFinite(ms) ? ms : null)
    const partitions = [...service.clocksOf(selection)]
      .sort(([a], [b]) => a - b)
      .map(([partition, { knownUntil, finalUntil }]) => ({
        partition,
        known_until: time(knownUntil),
        final_until: time(finalUntil),
      }))
    const symbols = [...service.symbolsOf(selection)].sort()
    return json({ view: selection.view.id, lag: time(lag), failure, partitions, symbols })
  },
  'GET /v1/series': async (service, { fields }) => {
    const { pack_id: packId, time_horizon: timeHorizon, ...rest } = parse(request.seriesRequest, fields)
    return json(await readSeries(service, { ...rest, packId, timeHorizon }))
  },
  'GET /openapi.json': async () => ({
    type: 'application/json',
    body: `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  }),
}

async function getFeatures(service: RunningFeatureService, { fields, prefersArrow }: RouteInput): Promise<RouteAnswer> {
  const asked = parse(request.featuresRequest, fields)
  const { symbols, as_of: asOf, pack_id: packId, time_horizon: timeHorizon } = asked
  const { max_age_ms: maxAgeMs, max_age_bars: maxAgeBars, zones } = asked
  const answer = await service.getFeatures({ symbols, asOf, packId, timeHorizon, maxAgeMs, maxAgeBars, zones })
  if (!(asked.format === undefined ? prefersArrow : asked.format === 'arrow')) {
    return { type: 'application/json', body: featuresJson(answer) }
  }
  return { type: ARROW_TYPE, body: await featuresArrow(answer, service.selector.select(packId, timeHorizon, zones)) }
}

async function getHistory(service: RunningFeatureService, { fields, prefersArrow }: RouteInput): Promise<RouteAnswer> {
  const asked = parse(request.historyRequest, fields)
  const { symbols, from, to, pack_id: packId, time_horizon: timeHorizon, features, zones } = asked
  const history = { symbols, from, to, packId, timeHorizon, features, zones }
  if (asked.format === undefined ? prefersArrow : asked.format === 'arrow') {
    return { type: ARROW_TYPE, body: await streamHistory(service, history) }
  }
  return { type: 'application/json', body: historyJson(await service.getHistory(history)) }
}

function parse<Schema extends z.ZodType>(schema: Schema, fields: unknown): z.output<Schema> {
  const parsed = schema.safeParse(fields)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`)
  throw new FeatureServiceError('FEATURES_BAD_REQUEST', issues.join('; '), { issues })
}

function describeView({ id, timeframe, topic, packs }: ResolvedView) {
  return {
    id,
    time_horizon: timeframe,
    topic,
    packs: packs.map((pack) => ({
      id: pack.id,
      contract: contractHash(pack),
      features: pack.features.map((feature) => ({
        id: feature.id,
        ordinal: feature.ordinal,
        name: feature.name,
        channel: feature.channel,
        dtype: feature.dtype,
        unit: feature.unit,
        source: fieldName(feature.source.indicatorId, feature.source.output),
        computed_on: feature.rule.timeframe,
        codes: feature.codes,
        enabled: feature.enabled,
      })),
    })),
  }
}
