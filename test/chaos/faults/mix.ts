import { brokers } from './brokers.ts'
import { clocks } from './clocks.ts'
import type { FaultKind } from './fault-kind.ts'
import { foreignTransactions } from './foreign-transactions.ts'
import { network } from './network.ts'
import { rebalances } from './rebalances.ts'
import { snapshots } from './snapshots.ts'
import { stores } from './stores.ts'
import { workerKills } from './worker-kills.ts'
import { zombies } from './zombies.ts'

/** The kinds of fault of the random mix: each leaves the run as it would have been. */
export const faultMix: readonly FaultKind[] = [
  ...workerKills,
  ...zombies,
  ...rebalances,
  ...network,
  ...brokers,
  ...stores,
  ...foreignTransactions,
  ...snapshots,
  ...clocks,
]
