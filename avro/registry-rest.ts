import { RegistryUnavailableError } from './registry-error.ts'

/** How long an answer is waited for. */
export const REQUEST_TIMEOUT_MS = 10_000

/** The registry answered and said no; `status` is its HTTP status, `errorCode` its own code, as far as it gave one. */
export class RegistryResponseError extends Error {
  override readonly name = 'RegistryResponseError'
  readonly code = 'REGISTRY_RESPONSE'
  readonly retriable = false
  readonly status: number
  readonly errorCode: number | undefined

  constructor(request: string, status: number, errorCode: number | undefined, text: string) {
    super(`Schema registry: ${request}: status ${status}${text === '' ? '' : `, ${text}`}`)
    this.status = status
    this.errorCode = errorCode
  }
}

/** Whether a status is a refusal, and not a failure or a request to wait. */
export function isRefusal(status: number): boolean {
  return status > 400 && status < 500 && status !== 408 && status !== 429
}

/**
 * Requests to a registry, giving the JSON of the answer. Throws {@link RegistryResponseError} on a refusal, and
 * {@link RegistryUnavailableError} on no answer, one without JSON, or one that a working registry does not give.
 */
export function restClient(host: string, user: { readonly username: string; readonly password: string } | undefined) {
  const headers: Record<string, string> = { accept: 'application/vnd.schemaregistry.v1+json, application/json' }
  if (user) headers.authorization = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
  return async (method: string, path: string, body?: object): Promise<unknown> => {
    const request = `${method} ${path}`
    try {
      const response = await fetch(host + path, {
        method,
        headers: body ? { ...headers, 'content-type': 'application/vnd.schemaregistry.v1+json' } : headers,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await response.text()
      if (response.ok) return JSON.parse(text)
      throw refusal(request, response.status, text)
    } catch (error) {
      if (error instanceof RegistryResponseError || error instanceof RegistryUnavailableError) throw error
      throw new RegistryUnavailableError(request, reason(error), undefined, error)
    }
  }
}

function refusal(request: string, status: number, text: string): Error {
  if (!isRefusal(status)) return new RegistryUnavailableError(request, `status ${status}`, status)
  try {
    const { error_code: errorCode, message } = JSON.parse(text) as { error_code?: number; message?: string }
    return new RegistryResponseError(request, status, errorCode, message ?? '')
  } catch {
    return new RegistryResponseError(request, status, undefined, text.slice(0, 200))
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
