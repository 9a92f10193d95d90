import { createHash } from 'node:crypto'

/**
 * Id of a score: hex sha256 of the JSON array of its natural key, in this order. JSON quotes and escapes each part, so no two
 * keys share an encoding. A blended score puts blend id and version in place of the model's. `ts` in UTC epoch milliseconds.
 */
export function scoreId(
  modelId: string,
  modelVersion: string,
  symbol: string,
  timeframe: string,
  ts: number,
  runId: string,
): string {
  return hashOf([modelId, modelVersion, symbol, timeframe, ts, runId])
}

function hashOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
