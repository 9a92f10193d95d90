import type { ConnectOptions } from '../serve/features/connect.ts'
import type { RunningFeatureService } from '../serve/features/open-feature-service.ts'

/**
 * Connects a feature service to a running installation of Barline: `getFeatures` and `getHistory` in this process. Resolves when it
 * has the newest rows; close it at the end. The clients of Kafka and ClickHouse are loaded only here.
 * Throws what the three servers make it throw.
 */
export async function connectFeatureService(options: ConnectOptions): Promise<RunningFeatureService> {
  const { connectFeatureService: connect } = await import('../serve/features/connect.ts')
  return connect(options)
}
