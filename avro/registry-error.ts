import type { Subject } from './subjects.ts'

/** The registry does not answer, or answers with what no working registry says; wait and try again. */
export class RegistryUnavailableError extends Error {
  override readonly name = 'RegistryUnavailableError'
  readonly code = 'REGISTRY_UNAVAILABLE'
  readonly retriable = true
  readonly status: number | undefined

  constructor(request: string, problem: string, status?: number, cause?: unknown) {
    super(`Schema registry: ${request}: ${problem}`, cause === undefined ? undefined : { cause })
    this.status = status
  }
}

/** A subject does not have the compatibility level that the project promises to its readers. */
export class RegistryCompatibilityError extends Error {
  override readonly name = 'RegistryCompatibilityError'
  readonly code = 'REGISTRY_COMPATIBILITY'
  readonly retriable = false
  readonly subject: string
  readonly found: string
  readonly wanted: string

  constructor(subject: string, found: string, wanted: string) {
    super(`Subject ${subject} has compatibility ${found} in force, wanted ${wanted}: run \`barline topics provision\``)
    this.subject = subject
    this.found = found
    this.wanted = wanted
  }
}

/** The current schema of a subject is not in the registry. */
export class SchemaNotRegisteredError extends Error {
  override readonly name = 'SchemaNotRegisteredError'
  readonly code = 'SCHEMA_NOT_REGISTERED'
  readonly retriable = false
  readonly subject: string
  readonly recordName: string

  constructor(subject: Subject, cause: unknown) {
    super(
      `The current schema of ${subject.recordName} is not registered under subject ${subject.name}: run \`barline topics provision\``,
      { cause },
    )
    this.subject = subject.name
    this.recordName = subject.recordName
  }
}

/** The registry refuses the current schema of a subject: correct the schema. `problems` name field and version. */
export class SchemaRejectedError extends Error {
  override readonly name = 'SchemaRejectedError'
  readonly code = 'SCHEMA_REJECTED'
  readonly retriable = false
  readonly subject: string
  readonly recordName: string
  readonly problems: readonly string[]

  constructor(subject: Subject, problems: readonly string[], cause: unknown) {
    const why = problems.length > 0 ? problems.join('; ') : cause instanceof Error ? cause.message : String(cause)
    super(`Cannot register ${subject.recordName} under subject ${subject.name}: ${why}`, { cause })
    this.subject = subject.name
    this.recordName = subject.recordName
    this.problems = problems
  }
}
