import { expect, test } from '@jest/globals'
import { untilAvailable } from '../../cli/until-available.ts'
import { LogUnavailableError, WriteRefusedError } from '../../streams/errors.ts'

const never = new Promise<never>(() => undefined)

function failing(times: number, error: Error) {
  let tries = 0
  return async () => {
    tries += 1
    if (tries <= times) throw error
    return tries
  }
}

test('a server that does not answer is waited for, and each try is said with its code', async () => {
  const said: unknown[] = []
  const say = (event: string, { code, againInMs }: Record<string, unknown> = {}) => said.push([event, code, againInMs])
  const error = new LogUnavailableError('Connecting', 'refused')
  expect(await untilAvailable(failing(3, error), { say, ended: never, firstWaitMs: 1 })).toBe(4)
  expect(said).toEqual([1, 2, 4].map((wait) => ['waiting', 'LOG_UNAVAILABLE', wait]))
})

test('whoever is asked to end while waiting ends at once', async () => {
  const error = new LogUnavailableError('Connecting', 'refused')
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const startedAt = performance.now()
  const waiting = untilAvailable(failing(9, error), { say: () => end(), ended, firstWaitMs: 60_000 })
  expect(await waiting).toBeUndefined()
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})

test('an attempt that hangs ends too', async () => {
  expect(await untilAvailable(() => never, { say: () => {}, ended: Promise.resolve() })).toBeUndefined()
})

test('what no waiting changes is thrown', async () => {
  const error = new WriteRefusedError('engine-0', 'too large')
  await expect(untilAvailable(failing(1, error), { say: () => {}, ended: never })).rejects.toBe(error)
})
