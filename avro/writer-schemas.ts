import type { RecordType } from './compiled-type.ts'
import type { RegisteredSchema, Registry } from './registry.ts'
import { prepareWriterSchema, type WriterSchema } from './writer-schema.ts'

const MAXIMUM_ABSENT_IDS = 10_000

/** What a writer schema id is known to be. */
export type SchemaLookup = WriterSchema | 'absent' | 'unknown'

/** The part of {@link Registry} that finds writer schemas. */
export type SchemaSource = Pick<Registry, 'schemaById'>

/**
 * Writer schemas by id. What exists is kept for good; what the registry says is not there is kept for a while, so that a
 * flood of corrupt records costs it one request per id and `absentTtlMs`.
 */
export class WriterSchemas {
  readonly #known = new Map<number, WriterSchema>()
  readonly #absentUntil = new Map<number, number>()
  readonly #pending = new Map<number, Promise<void>>()
  readonly #readers: ReadonlyMap<string, RecordType>
  readonly #source: SchemaSource
  readonly #absentTtlMs: number
  readonly #now: () => number

  constructor(
    readers: ReadonlyMap<string, RecordType>,
    source: SchemaSource,
    options: { readonly absentTtlMs: number; readonly now: () => number },
  ) {
    this.#readers = readers
    this.#source = source
    this.#absentTtlMs = options.absentTtlMs
    this.#now = options.now
  }

  find(schemaId: number): SchemaLookup {
    const known = this.#known.get(schemaId)
    if (known) return known
    const until = this.#absentUntil.get(schemaId)
    return until !== undefined && this.#now() < until ? 'absent' : 'unknown'
  }

  add(schemaId: number, schemaText: string): void {
    this.#known.set(schemaId, prepareWriterSchema(schemaId, schemaText, this.#readers))
    this.#absentUntil.delete(schemaId)
  }

  /** Asks the registry for an id that is not known. Throws `RegistryUnavailableError`. Calls for one id share a request. */
  learn(schemaId: number): Promise<void> {
    if (this.find(schemaId) !== 'unknown') return Promise.resolve()
    const pending = this.#pending.get(schemaId) ?? this.#fetch(schemaId).finally(() => this.#pending.delete(schemaId))
    this.#pending.set(schemaId, pending)
    return pending
  }

  async #fetch(schemaId: number): Promise<void> {
    const found = await this.#source.schemaById(schemaId)
    if (found) this.#add(schemaId, found)
    else this.#setAbsent(schemaId)
  }

  #add(schemaId: number, { schema, schemaType = 'AVRO', references = [] }: RegisteredSchema): void {
    if (schemaType === 'AVRO' && references.length === 0) {
      this.add(schemaId, schema)
      return
    }
    const what = schemaType === 'AVRO' ? 'refers to other schemas' : `is ${schemaType}`
    const message = `schema ${schemaId} ${what}, which is not read here`
    this.#known.set(schemaId, { kind: 'unreadable', refusal: { reason: 'UNKNOWN_SCHEMA', message } })
  }

  #setAbsent(schemaId: number): void {
    this.#absentUntil.delete(schemaId)
    this.#absentUntil.set(schemaId, this.#now() + this.#absentTtlMs)
    const [oldest] = this.#absentUntil.keys()
    if (this.#absentUntil.size > MAXIMUM_ABSENT_IDS && oldest !== undefined) this.#absentUntil.delete(oldest)
  }
}
