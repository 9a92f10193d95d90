import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

type Reply = { readonly status: number; readonly body: unknown }

/** A schema registry in memory that speaks the part of Confluent's interface that the project uses. */
export class FakeRegistry {
  /** `METHOD path` of every request, in order. */
  readonly requests: string[] = []
  /** Texts of schemas, the id of the first being 1. */
  readonly schemas: string[]
  readonly versions: Map<string, number[]>
  readonly levels: Map<string, string>
  /** Subjects that answer every registration with 409. */
  readonly refusing = new Set<string>()
  /** Whether a change of level is answered but not done. */
  ignoresLevels = false
  /** Status that every request is answered with, while it is set. */
  failure: number | undefined
  /** Answer without an error code of a registry, as from a proxy. */
  plainNotFound = false
  authorization: string | undefined
  #server: Server | undefined
  #port = 0

  /** Begins empty, or with the schemas, subjects and levels of another. */
  constructor(other?: FakeRegistry) {
    this.schemas = [...(other?.schemas ?? [])]
    this.versions = new Map(other?.versions)
    this.levels = new Map(other?.levels)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
    })
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  /** Adds a schema outside any subject and gives its id. */
  add(schema: string): number {
    const at = this.schemas.indexOf(schema)
    return at < 0 ? this.schemas.push(schema) : at + 1
  }

  /** How many requests there were for a method and path. */
  count(request: string): number {
    return this.requests.filter((other) => other === request).length
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    const url = new URL(request.url ?? '', 'http://registry')
    this.requests.push(`${request.method} ${decodeURIComponent(url.pathname)}`)
    this.authorization = request.headers.authorization
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    if (this.failure !== undefined) return { status: this.failure, body: { message: 'planted failure' } }
    if (this.plainNotFound) return { status: 404, body: { error: 'no such page' } }
    const [resource = '', name = '', ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent)
    const body = text === '' ? {} : (JSON.parse(text) as { schema?: string; compatibility?: string })
    if (resource === 'schemas') return this.#schema(Number(rest[0]))
    if (resource === 'config') return this.#config(name, body.compatibility)
    return this.#subject(name, request.method ?? '', rest, body.schema)
  }

  #schema(id: number): Reply {
    const schema = this.schemas[id - 1]
    return schema === undefined ? notFound(40403, 'Schema not found') : { status: 200, body: { schema } }
  }

  #config(subject: string, level: string | undefined): Reply {
    if (level !== undefined) {
      if (!this.ignoresLevels) this.levels.set(subject, level)
      return { status: 200, body: { compatibility: level } }
    }
    return { status: 200, body: { compatibilityLevel: this.levels.get(subject) ?? 'BACKWARD' } }
  }

  #subject(subject: string, method: string, [versions, version]: readonly string[], schema: string | undefined): Reply {
    const ids = this.versions.get(subject)
    if (method === 'GET' && version !== undefined) {
      const id = ids?.[Number(version) - 1]
      return id === undefined
        ? notFound(40402, 'Version not found')
        : { status: 200, body: { id, schema: this.schemas[id - 1] } }
    }
    if (method === 'GET')
      return ids ? { status: 200, body: ids.map((_, at) => at + 1) } : notFound(40401, 'Subject not found')
    const id = this.schemas.indexOf(schema ?? '') + 1
    if (versions === undefined) {
      return ids?.includes(id) ? { status: 200, body: { id, subject } } : notFound(ids ? 40403 : 40401, 'not found')
    }
    if (this.refusing.has(subject)) return { status: 409, body: { error_code: 409, message: 'incompatible' } }
    const added = this.add(schema ?? '')
    if (!ids?.includes(added)) this.versions.set(subject, [...(ids ?? []), added])
    return { status: 200, body: { id: added } }
  }
}

function notFound(errorCode: number, message: string): Reply {
  return { status: 404, body: { error_code: errorCode, message } }
}
