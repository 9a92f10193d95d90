import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'
import { CANDLE_CENTROIDS } from './candle-centroids.ts'
import { readFrozenTable } from './frozen-table.ts'
import { nearestCentroid } from './nearest-centroid.ts'

const params = z.strictObject({ k: z.literal(CANDLE_CENTROIDS.rows.length) })

/**
 * Candle cluster: number of the centroid nearest to the candle embedding, by squared Euclidean distance; of two as near, the lower
 * (Lloyd 1982). The centroids are the frozen artifact candle_centroids_v1, the lower the number the lower the mean return. Unit: code.
 */
export const candleCluster = defineIndicator({
  ids: ['candle_cluster_id_v1'],
  params,
  plan: ({ k }) => ({
    outputs: ['candle_cluster_id'],
    warmupBars: 41,
    dependencies: ['candle_embedding_v1'],
    bind(slice) {
      const embedding = slice.input('candle_embedding_v1', 'candle_embedding')
      const cluster = slice.column('candle_cluster_id')
      const centroids = readFrozenTable(CANDLE_CENTROIDS)
      const width = centroids.length / k
      const own = [cluster]
      return {
        step(_state, _bar, out) {
          if (Number.isNaN(read(out, embedding))) return withhold(out, own)
          out[cluster] = nearestCentroid(out, embedding, centroids, width)
        },
      }
    },
  }),
})
