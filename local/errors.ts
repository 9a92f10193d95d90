export type LocalErrorCode =
  | 'download-failed'
  | 'runtime-missing'
  | 'data-dir-unusable'
  | 'data-dir-locked'
  | 'part-start-failed'
  | 'stack-not-running'

/** What every error of the embedded stack carries. Starting again may help only where `retriable` says so. */
abstract class LocalError extends Error {
  abstract readonly code: LocalErrorCode
  abstract readonly retriable: boolean
  override get name(): string {
    return this.constructor.name
  }
}

/** A program that the stack needs is not on this machine. */
export class RuntimeMissing extends LocalError {
  readonly code = 'runtime-missing'
  readonly retriable = false
  constructor(what: string, remedy: string) {
    super(`${what} is missing. ${remedy}`)
  }
}

/** Maven, pip or tar could not bring something into the cache. */
export class DownloadFailed extends LocalError {
  readonly code = 'download-failed'
  readonly retriable = true
  constructor(what: string, command: string, output: string, cause?: unknown) {
    super(`Cannot fetch ${what} (${command}).\n${output.trim().split('\n').slice(-15).join('\n')}`, { cause })
  }
}

/** The data directory's path has characters that Kafka, H2 or ClickHouse cannot take, or cannot be written. */
export class DataDirUnusable extends LocalError {
  readonly code = 'data-dir-unusable'
  readonly retriable = false
  constructor(dataDir: string, why: string, cause?: unknown) {
    super(`Cannot keep data in ${dataDir}: ${why}`, { cause })
  }
}

/** Another stack runs on the same data directory. */
export class DataDirLocked extends LocalError {
  readonly code = 'data-dir-locked'
  readonly retriable = true
  readonly pid: number
  constructor(dataDir: string, pid: number) {
    super(`A stack already runs on ${dataDir} (process ${pid}). Stop it first, or choose another data directory.`)
    this.pid = pid
  }
}

/** Kafka, the registry or ClickHouse did not become healthy. */
export class PartStartFailed extends LocalError {
  readonly code = 'part-start-failed'
  readonly retriable = true
  readonly part: string
  readonly logFile: string
  constructor(part: string, why: string, logFile: string, tail: string, cause: string | undefined) {
    super(
      `${part} did not start: ${why}.${cause === undefined ? '' : ` Likely cause: ${cause}.`}\n` +
        `The end of ${logFile}:\n${tail}`,
    )
    this.part = part
    this.logFile = logFile
  }
}

/** There is no running stack to stop. */
export class StackNotRunning extends LocalError {
  readonly code = 'stack-not-running'
  readonly retriable = false
  constructor(dataDir: string) {
    super(`No stack runs on ${dataDir}.`)
  }
}
