import { openFeatureService, type RunningFeatureService } from '../../serve/features/open-feature-service.ts'
import { findAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { connectCodec, openLog } from '../connect.ts'
import { connectClickHouse } from '../connect-store.ts'

/** Opens the feature service on the running stack, runs `during`, and closes it. Throws as the service does. */
export async function withFeatureService<Result>(
  config: Config,
  rowsPerSymbol: number,
  during: (service: RunningFeatureService) => Promise<Result>,
): Promise<Result> {
  const addresses = findAddresses(config)
  const log = openLog(config, addresses, 'barline-features')
  const clickhouse = connectClickHouse(config, addresses)
  try {
    const codec = await connectCodec(config, addresses)
    const { partitions } = config
    const { database } = config.clickhouse
    const service = await openFeatureService({ log, codec, clickhouse, database, partitions }, { rowsPerSymbol })
    try {
      return await during(service)
    } finally {
      await service.close()
    }
  } finally {
    await Promise.allSettled([log.close(), clickhouse.close()])
  }
}
