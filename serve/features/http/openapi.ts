import { z } from 'zod'
import * as request from './request-schemas.ts'
import * as response from './response-schemas.ts'

/** Media type of the stream format of Arrow. */
export const ARROW_TYPE = 'application/vnd.apache.arrow.stream'

type Schema = Readonly<Record<string, unknown>>

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Schema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    // Lists that the code does not change: in OpenAPI `readOnly` would mean that a request must not have them.
    override: ({ jsonSchema }) => void delete jsonSchema.readOnly,
  })
  return rest
}

const binary = { [ARROW_TYPE]: { schema: { type: 'string', format: 'binary' } } }

/** The schemas that answers and bodies refer to, by name. */
const named = {
  Error: schemaOf(response.errorResponse, 'output'),
  Features: schemaOf(response.featuresResponse, 'output'),
  FeaturesRequest: schemaOf(request.featuresRequest, 'input'),
  Freshness: schemaOf(response.freshnessResponse, 'output'),
  History: schemaOf(response.historyResponse, 'output'),
  HistoryRequest: schemaOf(request.historyRequest, 'input'),
  Packs: schemaOf(response.packsResponse, 'output'),
  Series: schemaOf(response.seriesResponse, 'output'),
  TrainingSetRequest: schemaOf(request.trainingSetRequest, 'input'),
}

type Name = keyof typeof named

const json = (name: Name) => ({ 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } })

const answers = (name: Name | undefined, hasArrow: boolean) => ({
  '200': {
    description: 'The answer',
    content: { ...(name === undefined ? {} : json(name)), ...(hasArrow ? binary : {}) },
  },
  default: {
    description: 'What went wrong: `code` never changes, `retriable` says whether the same may succeed later',
    content: json('Error'),
  },
})

function parameters(schema: z.ZodType): readonly Schema[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Schema>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    description,
    schema: rest,
  }))
}

const read = (summary: string, schema: z.ZodType | undefined, name: Name, hasArrow = false) => ({
  summary,
  ...(schema ? { parameters: parameters(schema) } : {}),
  responses: answers(name, hasArrow),
})

const post = (summary: string, asked: Name, name: Name | undefined) => ({
  summary,
  requestBody: { required: true, content: json(asked) },
  responses: answers(name, true),
})

const features = 'Features of symbols as of a time: of the rows with known_at <= as_of the one with the newest ts'
const history = 'Rows of a span of closes, as they are known now'
const trainingSet =
  'Decisions with the features known at that moment and the forward return behind it, as Arrow: at the open of every bar of a span, or at given points'

/** The OpenAPI document of the feature service. */
export function openApiDocument(): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Barline feature service',
      version: '1',
      description:
        'Features of symbols as of a time, the same online, from history and in training sets. Read-only. Times are UTC.',
    },
    paths: {
      '/v1/features': {
        get: read(features, request.featuresRequest, 'Features', true),
        post: post(features, 'FeaturesRequest', 'Features'),
      },
      '/v1/history': {
        get: read(history, request.historyRequest, 'History', true),
        post: post(history, 'HistoryRequest', 'History'),
      },
      '/v1/training-set': { post: post(trainingSet, 'TrainingSetRequest', undefined) },
      '/v1/packs': { get: read('The packs and views, with their features and contracts', undefined, 'Packs') },
      '/v1/freshness': { get: read('How far the rows of a view have come', request.freshnessRequest, 'Freshness') },
      '/v1/series': { get: read('A feature beside its indicator and the close', request.seriesRequest, 'Series') },
    },
    components: { schemas: named },
  }
}
