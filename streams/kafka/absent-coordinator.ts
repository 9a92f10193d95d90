import { createRequire } from 'node:module'
import { replaceMethod } from './replace-method.ts'

const require = createRequire(import.meta.url)
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error
}

const COORDINATOR_NOT_AVAILABLE = 15

type FindCoordinator = (asked: object) => Promise<object>

/**
 * When no broker answers the question who coordinates a group, as while the only one starts, kafkajs 2.2.4 takes that for final, and
 * its consumer ends for good. It is the same as a coordinator that is not there yet, and is asked again like that.
 */
export function waitForCoordinators(): void {
  const { prototype }: { prototype: object } = require('kafkajs/src/cluster')
  replaceMethod<FindCoordinator>(
    prototype,
    'findGroupCoordinatorMetadata',
    (find) =>
      async function findOrWait(this: unknown, asked) {
        try {
          return await find.call(this, asked)
        } catch (error) {
          if (error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound') {
            throw createErrorFromCode(COORDINATOR_NOT_AVAILABLE)
          }
          throw error
        }
      },
  )
}
