import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error
}

const COORDINATOR_NOT_AVAILABLE = 15

/** What of a cluster of kafkajs is touched here. */
type Cluster = {
  findGroupCoordinatorMetadata(asked: object): Promise<object>
  barlineWaitsForCoordinators?: boolean
}

/**
 * When no broker answers the question who coordinates a group, as while the only one starts, kafkajs 2.2.4 takes that for final, and
 * its consumer ends for good. It is the same as a coordinator that is not there yet, and is asked again like that.
 */
export function waitForCoordinators(): void {
  const { prototype }: { prototype: Cluster } = require('kafkajs/src/cluster')
  if (prototype.barlineWaitsForCoordinators) return
  const { findGroupCoordinatorMetadata } = prototype
  prototype.findGroupCoordinatorMetadata = async function findOrWait(this: Cluster, asked: object) {
    try {
      return await findGroupCoordinatorMetadata.call(this, asked)
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound') {
        throw createErrorFromCode(COORDINATOR_NOT_AVAILABLE)
      }
      throw error
    }
  }
  prototype.barlineWaitsForCoordinators = true
}
